use http::StatusCode;

/// The stable name of an error for programs: the `code` of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    status: u16,
    name: &'static str,
    sentence: &'static str,
}

impl Code {
    /// A code with its HTTP status and its sentence for clients.
    pub const fn new(status: u16, name: &'static str, sentence: &'static str) -> Self {
        Self { status, name, sentence }
    }

    /// The code's name in the body.
    pub const fn as_str(self) -> &'static str {
        self.name
    }

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The meaning of the code, for clients and for readers of the OpenAPI document.
    pub const fn sentence(self) -> &'static str {
        self.sentence
    }
}

/// The codes of the framework. A domain declares its own in the same way, with [`Code::new`].
pub mod codes {
    use super::Code;

    macro_rules! codes {
        ($($name:ident = $status:literal $text:literal $sentence:literal;)+) => {
            $(#[doc = $sentence] pub const $name: Code = Code::new($status, $text, $sentence);)+

            /// All codes of the framework.
            pub const ALL: &[Code] = &[$($name,)+];
        };
    }

    codes! {
        MALFORMED_REQUEST = 400 "malformed_request" "The request can't be read.";
        NOT_JSON = 400 "not_json" "The body is not JSON.";
        TOKEN_INVALID = 401 "token_invalid" "The token is not valid.";
        TOKEN_EXPIRED = 401 "token_expired" "The token has expired.";
        TOKEN_MISSING = 403 "token_missing" "A bearer token is required.";
        STAFF_REQUIRED = 403 "staff_required" "Only staff may do this.";
        SUPERUSER_REQUIRED = 403 "superuser_required" "Only superusers may do this.";
        NOT_FOUND = 404 "not_found" "There is no such resource.";
        BODY_TOO_LARGE = 413 "body_too_large" "The body must be at most 64 KiB.";
        MEDIA_TYPE_UNSUPPORTED = 415 "media_type_unsupported" "The body must be application/json.";
        VALIDATION_FAILED = 422 "validation_failed" "The input is not valid.";
        RATE_LIMITED = 429 "rate_limited" "Too many requests.";
        INTERNAL = 500 "internal" "Something went wrong on our side.";
        UNAVAILABLE = 503 "unavailable" "Try again in a moment.";
    }
}

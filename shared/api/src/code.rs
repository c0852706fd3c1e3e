use http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident $text:literal,)+) => {
        /// What a refused or failed call is called, for good: the `code` of its body.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &[Code] = &[$(Code::$name,)+];

            /// Its name in the body.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)+
                }
            }

            /// Its status.
            pub const fn status(self) -> StatusCode {
                match self {
                    $(Code::$name => StatusCode::$status,)+
                }
            }

            /// What it means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Code::$name => concat!($($doc),+),)+
                }
            }
        }
    };
}

codes! {
    /// The request can't be read.
    MalformedRequest = BAD_REQUEST "malformed_request",
    /// The body is not JSON.
    NotJson = BAD_REQUEST "not_json",
    /// The token is not valid, or its user, session or role is not any more.
    TokenInvalid = UNAUTHORIZED "token_invalid",
    /// The token has expired.
    TokenExpired = UNAUTHORIZED "token_expired",
    /// No active account has these credentials.
    CredentialsInvalid = UNAUTHORIZED "credentials_invalid",
    /// There is no bearer token.
    TokenMissing = FORBIDDEN "token_missing",
    /// The caller is not staff.
    StaffRequired = FORBIDDEN "staff_required",
    /// The caller is not a superuser.
    SuperuserRequired = FORBIDDEN "superuser_required",
    /// There is no such resource.
    NotFound = NOT_FOUND "not_found",
    /// The username is taken.
    UsernameTaken = CONFLICT "username_taken",
    /// The email is taken.
    EmailTaken = CONFLICT "email_taken",
    /// Nobody changes their own access.
    OwnAccount = CONFLICT "own_account",
    /// A superuser's account can't be erased.
    SuperuserAccount = CONFLICT "superuser_account",
    /// The body is larger than 64 KiB.
    BodyTooLarge = PAYLOAD_TOO_LARGE "body_too_large",
    /// The body is not declared as `application/json`.
    MediaTypeUnsupported = UNSUPPORTED_MEDIA_TYPE "media_type_unsupported",
    /// The input is well-formed and not valid: `errors` says what is wrong with it.
    ValidationFailed = UNPROCESSABLE_ENTITY "validation_failed",
    /// A rate limit is exceeded: the same call succeeds after `Retry-After`.
    RateLimited = TOO_MANY_REQUESTS "rate_limited",
    /// Something went wrong on our side.
    Internal = INTERNAL_SERVER_ERROR "internal",
    /// A part of the service is out of reach: try again after `Retry-After`.
    Unavailable = SERVICE_UNAVAILABLE "unavailable",
}

use http::StatusCode;

/// The stable name of an error for programs: the `code` of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    status: u16,
    name: &'static str,
    sentence: &'static str,
    member: Option<Member>,
}

/// A member that a problem of this code has beside the common ones (RFC 9457, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member {
    /// The member's name.
    pub name: &'static str,
    /// The member's meaning, for readers of the OpenAPI document.
    pub description: &'static str,
}

impl Code {
    /// A code with its HTTP status and its sentence for clients.
    pub const fn new(status: u16, name: &'static str, sentence: &'static str) -> Self {
        Self { status, name, sentence, member: None }
    }

    /// The code with a member of its own, whose value is text.
    pub const fn with_member(self, name: &'static str, description: &'static str) -> Self {
        Self { member: Some(Member { name, description }), ..self }
    }

    /// The member of its own, if the code has one.
    pub const fn member(self) -> Option<Member> {
        self.member
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

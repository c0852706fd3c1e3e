use http::{HeaderName, HeaderValue, header};
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use super::code::Code;

/// One mistake in the body, the path or the query.
#[derive(Clone, Debug, JsonSchema, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field's name; empty for the body as a whole.
    #[schemars(example = &"name")]
    pub field: String,
    /// The mistake, completing "this field …".
    #[schemars(example = &"is required")]
    pub message: String,
}

impl FieldError {
    /// `message` about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The texts of an error for the client and for the log.
#[derive(Clone, Debug)]
pub struct ErrorRow {
    /// The code, with its status.
    pub code: Code,
    /// The sentence for the client, if other than the code's own.
    pub detail: Option<String>,
    /// Each mistake in the input.
    pub errors: Vec<FieldError>,
    /// Event and reason for the log. `None` for mistakes in the input.
    pub log: Option<(&'static str, &'static str)>,
    /// The value of the code's own member ([`Code::with_member`]). It is not in the log.
    pub member: Option<Zeroizing<String>>,
    /// Further headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Seconds after which the same call may succeed.
    pub retry_after: Option<i64>,
}

/// An error that a domain declares, with its row.
pub trait DomainError: std::error::Error + Send + Sync + 'static {
    /// The row.
    fn row(&self) -> ErrorRow;

    /// Whether this is a failed write that DynamoDB may have made. An error that wraps a DynamoDB error must pass its
    /// answer on. Otherwise a lost response leaves no event.
    fn is_unconfirmed(&self) -> bool {
        false
    }
}

impl Code {
    /// A row of this code, without an event in the log.
    pub fn row(self) -> ErrorRow {
        let (detail, errors, log, member) = (None, Vec::new(), None, None);
        ErrorRow { code: self, detail, errors, log, member, headers: Vec::new(), retry_after: None }
    }

    /// A row of this code, with its event and reason in the log.
    pub fn logged(self, event: &'static str, reason: &'static str) -> ErrorRow {
        ErrorRow { log: Some((event, reason)), ..self.row() }
    }
}

impl ErrorRow {
    /// Replaces the code's own sentence.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// Adds the mistakes in the input.
    pub fn errors(self, errors: Vec<FieldError>) -> Self {
        Self { errors, ..self }
    }

    /// Sets the code's own member.
    pub fn member(self, value: Zeroizing<String>) -> Self {
        Self { member: Some(value), ..self }
    }

    /// Adds a challenge for clients without a valid token (RFC 6750, 3).
    pub fn challenge(self, challenge: &'static str) -> Self {
        self.header(header::WWW_AUTHENTICATE, challenge)
    }

    /// Adds a header, unless its value can't be one.
    pub(super) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    pub(super) fn retry_after(self, seconds: i64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The row with its `Location` from the root of the host.
    pub(crate) fn behind(mut self, base_path: &str) -> Self {
        for (name, value) in &mut self.headers {
            let path = value.to_str().ok().filter(|_| *name == header::LOCATION);
            let path = path.and_then(|path| HeaderValue::from_str(&format!("{base_path}{path}")).ok());
            *value = path.unwrap_or_else(|| value.clone());
        }
        self
    }

    /// The reason in the request's log line.
    pub fn reason(&self) -> &'static str {
        self.log.map_or(self.code.as_str(), |(_, reason)| reason)
    }
}

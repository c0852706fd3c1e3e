use std::collections::BTreeMap;

use http::{HeaderValue, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use super::row::{ErrorRow, FieldError};
use super::rows::codes;
use crate::response::Response;

impl ErrorRow {
    /// The response to the client: a problem (RFC 9457), with the headers of RFC 6750 and RFC 9110.
    pub(crate) fn problem_response(self, request_id: &str, missing_token: StatusCode) -> Response {
        let status = if self.code == codes::TOKEN_MISSING { missing_token } else { self.code.status() };
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.detail.unwrap_or_else(|| self.code.sentence().to_owned()),
            code: self.code.as_str(),
            request_id,
            errors: (!self.errors.is_empty()).then_some(self.errors),
            member: self.code.member().zip(self.member).map(|(member, value)| BTreeMap::from([(member.name, value)])),
        };
        let mut response = Response::json(status, &problem);
        let headers = &mut response.headers;
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let default_wait = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        if let Some(seconds) = self.retry_after.or(default_wait) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}

/// The body of an error (RFC 9457).
#[derive(JsonSchema, Serialize)]
pub(crate) struct Problem<'a> {
    #[schemars(extend("enum" = ["about:blank"]))]
    r#type: &'static str,
    /// The name of the status.
    #[schemars(example = &"Unprocessable Entity")]
    title: &'static str,
    /// The status.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// The error in a sentence, for people.
    #[schemars(example = &"The input is not valid.")]
    detail: String,
    /// The stable code of the error, for programs.
    #[schemars(example = &"validation_failed")]
    code: &'static str,
    /// The id of the request, as in the log.
    #[schemars(example = &"JKJaXmPLvHcESHA=")]
    request_id: &'a str,
    /// With the status 422: all mistakes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<FieldError>")]
    errors: Option<Vec<FieldError>>,
    /// The code's own member.
    #[serde(flatten)]
    #[schemars(skip)]
    member: Option<BTreeMap<&'static str, Zeroizing<String>>>,
}

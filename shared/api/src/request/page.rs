use dynamo::PageRequest;
use serde_json::json;

use super::{FromRequest, Request};
use crate::context::Context;
use crate::error::{Error, FieldError, Result, codes};
use crate::openapi::Operation;

const DEFAULT_LIMIT: u8 = 50;
/// Upper bound on the length of a cursor. Issued cursors are shorter.
const LONGEST_CURSOR: usize = 1024;

/// `limit` (1 to 100, 50 if absent) and `cursor` of the query. Other parameters are ignored.
impl<U: Sync> FromRequest<U> for PageRequest {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        let mut errors = Vec::new();
        let limit = once(request, "limit", &mut errors).map_or(Ok(DEFAULT_LIMIT), |text| read_limit(&text));
        let cursor = once(request, "cursor", &mut errors).map(read_cursor).transpose();
        match (limit, cursor) {
            (Ok(limit), Ok(cursor)) if errors.is_empty() => Ok(PageRequest { limit, cursor }),
            (limit, cursor) => {
                errors.extend([limit.err(), cursor.err()].into_iter().flatten());
                Err(Error::Invalid(errors))
            }
        }
    }

    fn document(operation: &mut Operation<'_>) {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": Self::MOST, "default": DEFAULT_LIMIT });
        operation.add_parameter("query", "limit", "Maximum number of items per page.", limit);
        let cursor = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR });
        operation.add_parameter("query", "cursor", "Cursor from the `Link` header of the previous page.", cursor);
        operation.add_errors(&[codes::VALIDATION_FAILED]);
    }
}

fn once(request: &Request, name: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    let mut values = request.query().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let first = values.next();
    if values.next().is_some() {
        errors.push(FieldError::new(name, "must be given once"));
    }
    first
}

fn read_limit(text: &str) -> Result<u8, FieldError> {
    let digits_only = text.bytes().all(|c| c.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits_only && (1..=PageRequest::MOST).contains(limit));
    limit.ok_or_else(|| FieldError::new("limit", "must be a whole number from 1 to 100"))
}

fn read_cursor(text: String) -> Result<String, FieldError> {
    let plausible = !text.is_empty() && text.len() <= LONGEST_CURSOR;
    plausible.then_some(text).ok_or_else(|| FieldError::new("cursor", "is not a cursor of this list"))
}

use auth::{Digest, hmac_sha256};
use http::HeaderMap;
use serde_json::json;

use crate::context::Context;
use crate::error::{Error, Result, codes};
use crate::openapi::Operation;
use crate::request::{FromRequest, Request};

const HEADER: &str = "idempotency-key";
const LONGEST: usize = 255;
const RULE: &str = "the Idempotency-Key must be one text of 1 to 255 printable ASCII characters";

/// The header `Idempotency-Key`, if the request has one, and a digest of what the request asks for.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(pub(super) Option<GivenKey>);

/// A key, with the digest of its request.
#[derive(Clone, Debug)]
pub(super) struct GivenKey {
    pub text: String,
    /// Keyed with the key, so that the record does not tell what the body was.
    pub digest: Digest,
}

impl<U: Sync> FromRequest<U> for IdempotencyKey {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        let Some(text) = given(request.headers())? else { return Ok(Self(None)) };
        let mut asked = json!(request.path_parameters()).to_string().into_bytes();
        asked.push(0);
        asked.extend_from_slice(&request.body()?);
        let digest = hmac_sha256(text.as_bytes(), &asked);
        Ok(Self(Some(GivenKey { text, digest })))
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = json!({
            "type": "string", "minLength": 1, "maxLength": LONGEST + 2, "pattern": "^[ -~]+$",
            "examples": ["8e03978e-40d5-43e8-bc93-6894a57f9324"],
        });
        let text = "A text that the client makes up for this call, such as a UUID. Sent again within 24 hours, the call is \
                    not made again, and has the same response.";
        operation.add_parameter("header", "Idempotency-Key", text, schema);
        operation.add_errors(&[codes::ALREADY_DONE, codes::REQUEST_IN_PROGRESS, codes::IDEMPOTENCY_KEY_REUSED]);
    }
}

/// The key in the headers. Quotes around it, as in draft-ietf-httpapi-idempotency-key-header, do not belong to it.
fn given(headers: &HeaderMap) -> Result<Option<String>> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let is_printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let is_key = is_printable && (1..=LONGEST).contains(&text.len()) && values.next().is_none();
    is_key.then(|| Some(text.to_owned())).ok_or(Error::Malformed(RULE))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn key(values: &[&[u8]]) -> Result<Option<String>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
        }
        given(&headers)
    }

    #[test]
    fn a_key_is_printable_and_quotes_around_it_do_not_count() {
        let long = "k".repeat(LONGEST);
        for (value, expected) in
            [("a", "a"), ("\"a\"", "a"), ("a b", "a b"), ("\"", "\""), ("a\"b", "a\"b"), (&long, &long)]
        {
            assert_eq!(key(&[value.as_bytes()]).unwrap().as_deref(), Some(expected), "{value}");
        }
        assert_eq!(key(&[]).unwrap(), None);
        let longer = "k".repeat(LONGEST + 1);
        for bad in ["", "\"\"", &longer, "a\tb", "\u{e9}", "\u{fffd}"] {
            assert!(key(&[bad.as_bytes()]).is_err(), "{bad}");
        }
        assert!(key(&[b"a", b"a"]).is_err());
    }
}

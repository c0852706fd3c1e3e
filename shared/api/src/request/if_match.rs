use std::fmt;

use headers::{ETag, HeaderMapExt};
use http::{HeaderMap, HeaderValue, header};
use serde_json::json;

use super::{FromRequest, Request};
use crate::context::Context;
use crate::error::{Error, Result, codes};
use crate::openapi::Operation;

/// One state of a resource. Shown as its strong `ETag`, with the quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision(String);

impl Revision {
    /// The state of the resource with this id that has this version. The id has no quotes and no commas.
    pub fn new(id: impl fmt::Display, version: u64) -> Self {
        Self(format!("\"{id}.{version}\""))
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A resource whose states can be told apart.
pub trait HasRevision {
    /// The state of the resource.
    fn revision(&self) -> Revision;
}

/// The header `If-Match`: the states in which the client wants to change the resource (RFC 9110, 13.1.1). Without the
/// header, any state will do.
#[derive(Clone, Debug, Default)]
pub struct IfMatch(Option<headers::IfMatch>);

const RULE: &str = "If-Match must be * or tags in quotes";

impl IfMatch {
    /// Whether the request has the header.
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Checks the resource's state.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when the client wants another state. Weak tags match no state.
    pub fn check(&self, revision: &Revision) -> Result<()> {
        let matches = |wanted: &headers::IfMatch| {
            wanted.is_any() || revision.0.parse().is_ok_and(|tag: ETag| wanted.precondition_passes(&tag))
        };
        self.0.as_ref().is_none_or(matches).then_some(()).ok_or(Error::PreconditionFailed)
    }

    fn read(headers: &HeaderMap) -> Result<Self> {
        let Some(wanted) = headers.typed_get::<headers::IfMatch>() else { return Ok(Self(None)) };
        // A client that forgets the quotes would otherwise read the resource again and again.
        let quoted =
            |value: &HeaderValue| matches!(value.as_bytes().trim_ascii_start(), [b'"', ..] | [b'W', b'/', b'"', ..]);
        let is_plausible = wanted.is_any() || headers.get_all(header::IF_MATCH).iter().all(quoted);
        is_plausible.then_some(Self(Some(wanted))).ok_or(Error::Malformed(RULE))
    }
}

impl<U: Sync> FromRequest<U> for IfMatch {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        Self::read(request.headers())
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = json!({ "type": "string", "examples": ["\"01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10.3\""] });
        let text = "The `ETag` of the client's copy. If the resource has changed since, nothing is done.";
        operation.add_parameter("header", "If-Match", text, schema);
        operation.add_errors(&[codes::PRECONDITION_FAILED]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(values: &[&str]) -> Result<IfMatch> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        IfMatch::read(&headers)
    }

    #[test]
    fn only_a_strong_tag_of_the_state_matches() {
        let revision = Revision::new("a", 3);
        assert_eq!(revision.to_string(), r#""a.3""#);
        for (values, matches) in [
            (&[][..], true),
            (&["*"][..], true),
            (&[r#""a.3""#][..], true),
            (&[r#" "b.1", "a.3" "#][..], true),
            (&[r#""b.1""#, r#""a.3""#][..], true),
            (&[r#""a.2""#][..], false),
            (&[r#"W/"a.3""#][..], false),
            (&[r#""a,3""#][..], false),
        ] {
            let given = given(values).unwrap();
            assert_eq!(given.is_given(), !values.is_empty(), "{values:?}");
            assert_eq!(given.check(&revision).is_ok(), matches, "{values:?}");
        }
    }

    #[test]
    fn what_is_neither_any_nor_quoted_is_malformed() {
        for values in [&["a.3"][..], &[""], &[r#"*, "b.1""#], &["\u{fffd}"], &[r#""a.3""#, "a.4"]] {
            assert!(matches!(given(values), Err(Error::Malformed(_))), "{values:?}");
        }
    }
}

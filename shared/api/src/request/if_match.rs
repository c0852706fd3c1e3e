use std::fmt;

use http::{HeaderMap, header};
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
pub struct IfMatch(Option<Wanted>);

#[derive(Clone, Debug)]
enum Wanted {
    Any,
    Tags(Vec<String>),
}

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
        let matches = match &self.0 {
            None | Some(Wanted::Any) => true,
            Some(Wanted::Tags(tags)) => tags.contains(&revision.0),
        };
        matches.then_some(()).ok_or(Error::PreconditionFailed)
    }

    fn read(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::IF_MATCH).iter();
        let tags = values.flat_map(|value| value.to_str().unwrap_or("?").split(',').map(|tag| tag.trim().to_owned()));
        let tags: Vec<String> = tags.collect();
        Self(match tags.as_slice() {
            [] => None,
            [any] if any == "*" => Some(Wanted::Any),
            _ => Some(Wanted::Tags(tags)),
        })
    }
}

impl<U: Sync> FromRequest<U> for IfMatch {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        Ok(Self::read(request.headers()))
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
    use http::HeaderValue;

    use super::*;

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
            (&["a.3"][..], false),
            (&[""][..], false),
            (&[r#"*, "b.1""#][..], false),
            (&["\u{fffd}"][..], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::IF_MATCH, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            let given = IfMatch::read(&headers);
            assert_eq!(given.is_given(), !values.is_empty(), "{values:?}");
            assert_eq!(given.check(&revision).is_ok(), matches, "{values:?}");
        }
    }
}

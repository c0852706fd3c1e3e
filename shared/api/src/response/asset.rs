use std::marker::PhantomData;

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::tagged::{document_tag, tag_of, tagged};
use super::{IntoResponse, Response};
use crate::openapi::Operation;
use crate::request::Request;

/// The media types and headers of a kind of [`StaticAsset`].
pub trait AssetKind: Send {
    /// The media types.
    const TYPES: &'static [&'static str];
    /// Further headers of the response.
    const HEADERS: &'static [(HeaderName, &'static str)] = &[];

    /// The schema, for clients that parse the asset.
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

/// 200 with a text from the binary, or 304 for a client that already has the text (RFC 9110, 13.1.2).
pub struct StaticAsset<K> {
    media_type: &'static str,
    body: &'static str,
    kind: PhantomData<K>,
}

impl<K: AssetKind> StaticAsset<K> {
    /// A text of one of the kind's media types.
    pub const fn new(media_type: &'static str, body: &'static str) -> Self {
        Self { media_type, body, kind: PhantomData }
    }
}

impl<K: AssetKind> IntoResponse for StaticAsset<K> {
    fn into_response(self, request: &Request) -> Response {
        let mut response = tagged(tag_of(self.body), request, || {
            let response = Response { body: Some(self.body.to_owned()), ..Response::empty(StatusCode::OK) };
            response.with(header::CONTENT_TYPE, self.media_type)
        });
        // A 304 has them, too: its headers replace those of the client's copy (RFC 9111, 3.2).
        for (name, value) in K::HEADERS {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn document(operation: &mut Operation<'_>) {
        operation.add_response_with_body((StatusCode::OK, "The file.", &[]), K::TYPES, |_| K::schema());
        document_tag(operation);
    }
}

use std::marker::PhantomData;

use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

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
        let digest = auth::sha256(self.body.as_bytes());
        let tag = auth::hex(digest.get(..8).unwrap_or_default());
        let Ok(tag) = format!("\"{tag}\"").parse::<ETag>() else {
            return Response::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let known = request.headers().typed_get::<IfNoneMatch>();
        let mut response = if known.is_some_and(|known| !known.precondition_passes(&tag)) {
            Response::empty(StatusCode::NOT_MODIFIED)
        } else {
            let response = Response { body: Some(self.body.to_owned()), ..Response::empty(StatusCode::OK) };
            response.with(header::CONTENT_TYPE, self.media_type)
        };
        response.headers.typed_insert(tag);
        for (name, value) in K::HEADERS {
            response.headers.insert(name, HeaderValue::from_static(value));
        }
        response
    }

    fn document(operation: &mut Operation<'_>) {
        operation.add_response_with_body((StatusCode::OK, "The file.", &["ETag"]), K::TYPES, |_| K::schema());
        let tag = json!({ "type": "string", "examples": ["\"5d41402abc4b2a76\""] });
        operation.add_parameter("header", "If-None-Match", "The `ETag` of the client's copy.", tag);
        operation.add_response(StatusCode::NOT_MODIFIED, "Unchanged (`If-None-Match`).", &["ETag"]);
    }
}

use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http::StatusCode;
use serde_json::json;

use super::{IntoResponse, Response};
use crate::openapi::Operation;
use crate::request::Request;

/// An output with an `ETag` of its body, or 304 for a client that already has the body (RFC 9110, 13.1.2).
pub struct Tagged<T>(pub T);

impl<T: IntoResponse> IntoResponse for Tagged<T> {
    fn into_response(self, request: &Request) -> Response {
        let response = self.0.into_response(request);
        let tag = tag_of(response.body.as_deref().unwrap_or_default());
        tagged(tag, request, || response)
    }

    fn document(operation: &mut Operation<'_>) {
        T::document(operation);
        document_tag(operation);
    }
}

/// The `ETag` of a body. `None` never happens: hexadecimal digits are a tag.
pub(super) fn tag_of(body: &str) -> Option<ETag> {
    let digest = auth::sha256(body.as_bytes());
    format!("\"{}\"", auth::hex(digest.get(..8).unwrap_or_default())).parse().ok()
}

/// The response with its tag, or 304. The response is not made if the client has the body.
pub(super) fn tagged(tag: Option<ETag>, request: &Request, response: impl FnOnce() -> Response) -> Response {
    let Some(tag) = tag else { return response() };
    let known = request.headers().typed_get::<IfNoneMatch>();
    let is_known = known.is_some_and(|known| !known.precondition_passes(&tag));
    let mut response = if is_known { Response::empty(StatusCode::NOT_MODIFIED) } else { response() };
    response.headers.typed_insert(tag);
    response
}

/// Adds the `ETag`, the header `If-None-Match` and 304 to an operation that already has its success.
pub(super) fn document_tag(operation: &mut Operation<'_>) {
    operation.add_response_header(StatusCode::OK, "ETag");
    let tag = json!({ "type": "string", "examples": ["\"5d41402abc4b2a76\""] });
    operation.add_parameter("header", "If-None-Match", "The `ETag` of the client's copy.", tag);
    operation.add_response(StatusCode::NOT_MODIFIED, "Unchanged (`If-None-Match`).", &["ETag"]);
}

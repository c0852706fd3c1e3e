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
        tagged(self.0.into_response(request), request)
    }

    fn document(operation: &mut Operation<'_>) {
        T::document(operation);
        document_tag(operation);
    }
}

/// Adds the `ETag`. A client that already has the body gets 304.
pub(super) fn tagged(response: Response, request: &Request) -> Response {
    let digest = auth::sha256(response.body.as_deref().unwrap_or_default().as_bytes());
    let tag = auth::hex(digest.get(..8).unwrap_or_default());
    let Ok(tag) = format!("\"{tag}\"").parse::<ETag>() else {
        return Response::empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let known = request.headers().typed_get::<IfNoneMatch>();
    let is_known = known.is_some_and(|known| !known.precondition_passes(&tag));
    let mut response = if is_known { Response::empty(StatusCode::NOT_MODIFIED) } else { response };
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

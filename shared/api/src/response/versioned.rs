use headers::ETag;
use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use super::tagged::{document_tag, tagged};
use super::{Created, IntoResponse, Response};
use crate::body::Json;
use crate::openapi::Operation;
use crate::request::{HasRevision, Request};
use crate::route::Method;

/// An output with the `ETag` of the resource's state, which `If-Match` takes: `Versioned<Json<T>>` or
/// `Versioned<Created<T>>`. GET answers 304 to a client that already has this state (RFC 9110, 13.1.2).
pub struct Versioned<T>(pub T);

impl<T: Serialize + JsonSchema + HasRevision + Send> IntoResponse for Versioned<Json<T>> {
    fn into_response(self, request: &Request) -> Response {
        let tag = self.0.0.revision().to_string();
        if request.route().method == Method::Get {
            return tagged(tag.parse::<ETag>().ok(), request, || self.0.into_response(request));
        }
        self.0.into_response(request).with(header::ETAG, &tag)
    }

    fn document(operation: &mut Operation<'_>) {
        Json::<T>::document(operation);
        if operation.is_get() {
            document_tag(operation);
        } else {
            operation.add_response_header(StatusCode::OK, "ETag");
        }
    }
}

impl<T: Serialize + JsonSchema + HasRevision + Send> IntoResponse for Versioned<Created<T>> {
    fn into_response(self, request: &Request) -> Response {
        let tag = self.0.body.revision().to_string();
        self.0.into_response(request).with(header::ETAG, &tag)
    }

    fn document(operation: &mut Operation<'_>) {
        Created::<T>::document(operation);
        operation.add_response_header(StatusCode::CREATED, "ETag");
    }
}

use http::{HeaderName, StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;

use crate::openapi::Operation;
use crate::request::{HasRevision, Request};
use crate::response::{Created, IntoResponse, Response, Started, Versioned};

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A response as the record of its call keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    /// The status.
    pub status: u16,
    /// The path of the new resource, from the root of the stage.
    pub location: String,
    /// The `ETag`, if the resource has versions.
    pub etag: Option<String>,
    /// The body.
    pub body: String,
}

/// An output that can be kept and sent again.
pub trait Replayable: IntoResponse {
    /// The status of the output.
    const STATUS: StatusCode = StatusCode::CREATED;

    /// The output as a record keeps it.
    ///
    /// # Errors
    /// When the output can't be written as JSON.
    fn stored(&self) -> Result<StoredResponse, serde_json::Error>;
}

impl<T: Serialize + JsonSchema + Send> Replayable for Created<T> {
    fn stored(&self) -> Result<StoredResponse, serde_json::Error> {
        let (status, body) = (Self::STATUS.as_u16(), serde_json::to_string(&self.body)?);
        Ok(StoredResponse { status, location: self.location.clone(), etag: None, body })
    }
}

impl<T: Serialize + JsonSchema + Send> Replayable for Started<T> {
    const STATUS: StatusCode = StatusCode::ACCEPTED;

    fn stored(&self) -> Result<StoredResponse, serde_json::Error> {
        let (status, body) = (Self::STATUS.as_u16(), serde_json::to_string(&self.body)?);
        Ok(StoredResponse { status, location: self.location.clone(), etag: None, body })
    }
}

impl<T: Serialize + JsonSchema + HasRevision + Send> Replayable for Versioned<Created<T>> {
    fn stored(&self) -> Result<StoredResponse, serde_json::Error> {
        let etag = Some(self.0.body.revision().to_string());
        Ok(StoredResponse { etag, ..self.0.stored()? })
    }
}

/// The output of a call that may have an idempotency key.
pub enum Answer<T> {
    /// This call had the effect.
    First(T),
    /// An earlier call with this key had the effect.
    Replayed(StoredResponse),
}

impl<T: Replayable> IntoResponse for Answer<T> {
    fn into_response(self, request: &Request) -> Response {
        match self {
            Answer::First(output) => output.into_response(request),
            Answer::Replayed(stored) => stored.into_response(request),
        }
    }

    fn document(operation: &mut Operation<'_>) {
        T::document(operation);
        operation.add_response_header(T::STATUS, "Idempotency-Replayed");
    }
}

impl StoredResponse {
    fn into_response(self, request: &Request) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let location = format!("{}{}", request.base_path(), self.location);
        let response = Response { body: Some(self.body), ..Response::empty(status) };
        let response = response.with(header::CONTENT_TYPE, "application/json").with(header::LOCATION, &location);
        let response = response.with(REPLAYED, "true");
        match self.etag {
            Some(etag) => response.with(header::ETAG, &etag),
            None => response,
        }
    }
}

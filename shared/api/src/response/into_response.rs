use dynamo::{Page, PageRequest};
use http::{StatusCode, header};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::Response;
use crate::body::Json;
use crate::openapi::{Operation, Schemas};
use crate::request::Request;

const JSON: &[&str] = &["application/json"];

/// The output of a successful call.
pub trait IntoResponse: Send {
    /// The response to `request`.
    fn into_response(self, request: &Request) -> Response;

    /// Adds the response to the OpenAPI document.
    fn document(operation: &mut Operation<'_>);
}

/// 200 with a JSON body.
impl<T: Serialize + JsonSchema + Send> IntoResponse for Json<T> {
    fn into_response(self, _: &Request) -> Response {
        Response::json(StatusCode::OK, &self.0)
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.output::<T>().to_value();
        operation.add_response_with_body((StatusCode::OK, "Success.", &[]), JSON, schema);
    }
}

/// 201 with a JSON body and its `Location`.
pub struct Created<T> {
    /// Path of the new resource, from the root of the stage.
    pub location: String,
    /// The new resource.
    pub body: T,
}

impl<T: Serialize + JsonSchema + Send> IntoResponse for Created<T> {
    fn into_response(self, request: &Request) -> Response {
        let location = format!("{}{}", request.base_path(), self.location);
        Response::json(StatusCode::CREATED, &self.body).with(header::LOCATION, &location)
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.output::<T>().to_value();
        operation.add_response_with_body((StatusCode::CREATED, "Created.", &["Location"]), JSON, schema);
    }
}

/// 204.
pub struct NoContent;

impl IntoResponse for NoContent {
    fn into_response(self, _: &Request) -> Response {
        Response::empty(StatusCode::NO_CONTENT)
    }

    fn document(operation: &mut Operation<'_>) {
        operation.add_response(StatusCode::NO_CONTENT, "Success, without a body.", &[]);
    }
}

/// 202 with a sentence: the work will be done later.
#[derive(JsonSchema, Serialize)]
pub struct Accepted {
    /// A sentence about the work to be done.
    #[schemars(example = &"It will be done.")]
    pub detail: &'static str,
}

impl IntoResponse for Accepted {
    fn into_response(self, _: &Request) -> Response {
        Response::json(StatusCode::ACCEPTED, &self)
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.output::<Self>().to_value();
        operation.add_response_with_body((StatusCode::ACCEPTED, "Accepted, to be done later.", &[]), JSON, schema);
    }
}

/// 202 with a JSON body and its `Location`: the resource is there, and its work will be done later.
pub struct Started<T> {
    /// Path of the new resource, from the root of the stage.
    pub location: String,
    /// The new resource.
    pub body: T,
}

impl<T: Serialize + JsonSchema + Send> IntoResponse for Started<T> {
    fn into_response(self, request: &Request) -> Response {
        let location = format!("{}{}", request.base_path(), self.location);
        Response::json(StatusCode::ACCEPTED, &self.body).with(header::LOCATION, &location)
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.output::<T>().to_value();
        let about = (StatusCode::ACCEPTED, "Accepted, to be done later.", ["Location"].as_slice());
        operation.add_response_with_body(about, JSON, schema);
    }
}

/// 200 with a page of a list as a JSON array, and a `Link` to the next page (RFC 8288) if there is one.
pub struct Paged<T> {
    /// The page.
    pub page: Page<T>,
    /// The `limit` of the request.
    pub limit: u8,
}

impl<T: Serialize> Paged<T> {
    /// The response, whose `Link` keeps these parameters of the request's query, too.
    fn with_parameters(self, request: &Request, parameters: &[(&str, &str)]) -> Response {
        let response = Response::json(StatusCode::OK, &self.page.items);
        let Some(cursor) = self.page.next else { return response };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters).append_pair("limit", &self.limit.to_string()).append_pair("cursor", &cursor);
        let (base, path, query) = (request.base_path(), request.route().path, query.finish());
        response.with(header::LINK, &format!(r#"<{base}{path}?{query}>; rel="next""#))
    }
}

impl<T: Serialize + JsonSchema + Send> IntoResponse for Paged<T> {
    fn into_response(self, request: &Request) -> Response {
        self.with_parameters(request, &[])
    }

    fn document(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| {
            let item = schemas.output::<T>();
            json!({ "type": "array", "maxItems": PageRequest::MOST, "items": item })
        };
        operation.add_response_with_body((StatusCode::OK, "A page of the list.", &["Link"]), JSON, schema);
    }
}

/// [`Paged`], for a list that a parameter of the query selects.
pub struct Selected<T> {
    /// The page.
    pub page: Paged<T>,
    /// The parameter's name.
    pub name: &'static str,
    /// The parameter's value.
    pub value: String,
}

impl<T: Serialize + JsonSchema + Send> IntoResponse for Selected<T> {
    fn into_response(self, request: &Request) -> Response {
        self.page.with_parameters(request, &[(self.name, &self.value)])
    }

    fn document(operation: &mut Operation<'_>) {
        Paged::<T>::document(operation);
    }
}

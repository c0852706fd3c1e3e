use http::{HeaderMap, HeaderValue, StatusCode, header};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::aws_lambda_events::encodings::Body;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use store::{Page, PageRequest};

use crate::input::Json;
use crate::operation::{Operation, Schemas};
use crate::request::Request;

/// An HTTP answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, always text.
    pub body: Option<String>,
}

impl Answer {
    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: None }
    }

    /// A JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let Ok(text) = serde_json::to_string(body) else {
            return Self::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let mut answer = Self::empty(status);
        answer.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        answer.body = Some(text);
        answer
    }

    /// Adds a header, unless its value can't be one.
    pub fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl From<Answer> for ApiGatewayV2httpResponse {
    fn from(answer: Answer) -> Self {
        let mut response = Self::default();
        response.status_code = i64::from(answer.status.as_u16());
        response.headers = answer.headers;
        response.body = answer.body.map(Body::Text);
        response
    }
}

const JSON: &[&str] = &["application/json"];

/// What an endpoint answers when it succeeds.
pub trait Output: Send {
    /// The answer to `request`.
    fn answer(self, request: &Request) -> Answer;

    /// Says what that may be.
    fn describe(operation: &mut Operation<'_>);
}

/// 200 with a JSON body.
impl<T: Serialize + JsonSchema + Send> Output for Json<T> {
    fn answer(self, _: &Request) -> Answer {
        Answer::json(StatusCode::OK, &self.0)
    }

    fn describe(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.shown::<T>().to_value();
        operation.answer_with((StatusCode::OK, "Done.", &[]), JSON, schema);
    }
}

/// 201 with a JSON body and its `Location`.
pub struct Created<T> {
    /// Path of the new resource, from the root of the stage.
    pub location: String,
    /// The new resource.
    pub body: T,
}

impl<T: Serialize + JsonSchema + Send> Output for Created<T> {
    fn answer(self, request: &Request) -> Answer {
        let location = format!("{}{}", request.base_path(), self.location);
        Answer::json(StatusCode::CREATED, &self.body).with(header::LOCATION, &location)
    }

    fn describe(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.shown::<T>().to_value();
        operation.answer_with((StatusCode::CREATED, "Made.", &["Location"]), JSON, schema);
    }
}

/// 204.
pub struct NoContent;

impl Output for NoContent {
    fn answer(self, _: &Request) -> Answer {
        Answer::empty(StatusCode::NO_CONTENT)
    }

    fn describe(operation: &mut Operation<'_>) {
        operation.answer(StatusCode::NO_CONTENT, "Done.", &[]);
    }
}

/// 202 with a sentence: the work is left for later.
#[derive(JsonSchema, Serialize)]
pub struct Accepted {
    /// What will happen.
    #[schemars(example = &"It will be done.")]
    pub detail: &'static str,
}

impl Output for Accepted {
    fn answer(self, _: &Request) -> Answer {
        Answer::json(StatusCode::ACCEPTED, &self)
    }

    fn describe(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| schemas.shown::<Self>().to_value();
        operation.answer_with((StatusCode::ACCEPTED, "It will be done.", &[]), JSON, schema);
    }
}

/// 200 with a page of a list as a JSON array, and a `Link` to the next page (RFC 8288) if there is one.
pub struct Listed<T> {
    /// The page.
    pub page: Page<T>,
    /// The `limit` that was asked for.
    pub limit: u8,
}

impl<T: Serialize + JsonSchema + Send> Output for Listed<T> {
    fn answer(self, request: &Request) -> Answer {
        let answer = Answer::json(StatusCode::OK, &self.page.items);
        let Some(cursor) = self.page.next else { return answer };
        let (base, path, limit) = (request.base_path(), request.route().path, self.limit);
        answer.with(header::LINK, &format!(r#"<{base}{path}?limit={limit}&cursor={cursor}>; rel="next""#))
    }

    fn describe(operation: &mut Operation<'_>) {
        let schema = |schemas: &mut Schemas| {
            let item = schemas.shown::<T>();
            json!({ "type": "array", "maxItems": PageRequest::MOST, "items": item })
        };
        operation.answer_with((StatusCode::OK, "A page of the list.", &["Link"]), JSON, schema);
    }
}

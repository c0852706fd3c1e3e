use http::{HeaderMap, HeaderValue, StatusCode, header};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::aws_lambda_events::encodings::Body;
use serde::Serialize;

/// An HTTP response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, always text.
    pub body: Option<String>,
}

impl Response {
    /// No body.
    pub fn empty(status: StatusCode) -> Self {
        Self { status, headers: HeaderMap::new(), body: None }
    }

    /// A JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let Ok(text) = serde_json::to_string(body) else {
            return Self::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let mut response = Self::empty(status);
        response.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.body = Some(text);
        response
    }

    /// The response to HEAD: the same status and headers, without the body (RFC 9110, 9.3.2).
    pub(crate) fn without_body(mut self) -> Self {
        if let Some(body) = self.body.take() {
            self.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        self
    }

    /// Adds a header, unless its value can't be one.
    pub fn with(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

impl From<Response> for ApiGatewayV2httpResponse {
    fn from(response: Response) -> Self {
        let mut event = Self::default();
        event.status_code = i64::from(response.status.as_u16());
        event.headers = response.headers;
        event.body = response.body.map(Body::Text);
        event
    }
}

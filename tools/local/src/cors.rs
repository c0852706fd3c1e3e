//! CORS as API Gateway does it for an HTTP API: `tower-http` answers 200, and adds `Vary`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

use crate::error::{Error, Result};
use crate::template::Cors;

struct Headers {
    origins: Vec<String>,
    /// Only for preflight requests.
    preflight: HeaderMap,
    /// Only for all other requests.
    actual: HeaderMap,
}

/// Adds CORS headers to the responses for allowed origins, and answers all `OPTIONS` requests.
///
/// # Errors
/// When the settings can't be sent as headers.
pub(crate) fn layer(router: Router, settings: &Cors) -> Result<Router> {
    let headers = Arc::new(Headers::new(settings)?);
    Ok(router.layer(from_fn(move |request: Request, next: Next| {
        let headers = headers.clone();
        async move { headers.handle(request, next).await }
    })))
}

impl Headers {
    fn new(settings: &Cors) -> Result<Self> {
        let preflight = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, settings.methods.join(",")),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, settings.headers.join(",")),
            (header::ACCESS_CONTROL_MAX_AGE, settings.max_age.to_string()),
        ];
        let actual = [(header::ACCESS_CONTROL_EXPOSE_HEADERS, settings.expose.join(","))];
        Ok(Self { origins: settings.origins.clone(), preflight: read(&preflight)?, actual: read(&actual)? })
    }

    async fn handle(&self, request: Request, next: Next) -> Response {
        let origin = request.headers().get(header::ORIGIN).and_then(|origin| self.allow(origin));
        if request.method() == Method::OPTIONS {
            let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
            let mut response = StatusCode::NO_CONTENT.into_response();
            self.add(&mut response, origin.filter(|_| asks), &self.preflight);
            return response;
        }
        let mut response = next.run(request).await;
        // API Gateway ignores the CORS headers of functions.
        let theirs = response.headers().keys().filter(|name| name.as_str().starts_with("access-control-"));
        for name in theirs.cloned().collect::<Vec<_>>() {
            response.headers_mut().remove(name);
        }
        self.add(&mut response, origin, &self.actual);
        response
    }

    fn add(&self, response: &mut Response, origin: Option<HeaderValue>, headers: &HeaderMap) {
        let Some(origin) = origin else { return };
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().extend(headers.clone());
    }

    /// The allowed origin to send to a page of this origin.
    fn allow(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        if self.origins.iter().any(|allowed| allowed == "*") {
            return Some(HeaderValue::from_static("*"));
        }
        let text = origin.to_str().ok()?;
        let is_allowed = |allowed: &String| match allowed.as_str() {
            // Any origin of a scheme.
            scheme @ ("http://*" | "https://*") => text.starts_with(scheme.trim_end_matches('*')),
            one => one == text,
        };
        self.origins.iter().any(is_allowed).then(|| origin.clone())
    }
}

/// The headers that have a value.
fn read(headers: &[(HeaderName, String)]) -> Result<HeaderMap> {
    let headers = headers.iter().filter(|(_, value)| !value.is_empty());
    let read = |(name, value): &(HeaderName, String)| {
        let unusable = |_| Error::Template(format!("CORS: {value} can't be used"));
        Ok((name.clone(), HeaderValue::from_str(value).map_err(unusable)?))
    };
    headers.map(read).collect()
}

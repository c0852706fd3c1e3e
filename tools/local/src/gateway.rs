use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use api::{Context, Entry, Permit, Response as FunctionResponse};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect};
use catalogue::CATALOGUE;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::cors;
use crate::error::{Error, Result, io};
use crate::event::{RequestId, to_event};
use crate::stop::Stop;
use crate::template::Template;

/// API Gateway's limit on a payload, in bytes.
const LARGEST_PAYLOAD: usize = 10 * 1024 * 1024;

/// Invokes the functions behind a gateway.
pub trait Invoke: Send + Sync + 'static {
    /// Invokes a function of the catalogue.
    fn invoke(&self, function: Entry, event: Value) -> impl Future<Output = FunctionResponse> + Send;
}

/// Runs all functions in this process, with one context and the permit of this tool.
impl Invoke for (Context, Permit) {
    async fn invoke(&self, function: Entry, event: Value) -> FunctionResponse {
        function.call(&self.0, &self.1, event).await
    }
}

/// Passes requests to functions by the routes of the template.
pub struct Gateway<I> {
    functions: I,
    routes: HashMap<Method, matchit::Router<Target>>,
}

#[derive(Clone)]
struct Target {
    route: String,
    function: Entry,
}

impl<I: Invoke> Gateway<I> {
    /// Connects the routes of the template with the endpoints of the catalogue.
    ///
    /// # Errors
    /// When a route of the template has no endpoint.
    pub fn new(functions: I, template: &Template) -> Result<Self> {
        let mut routes: HashMap<Method, matchit::Router<Target>> = HashMap::new();
        for function in template.functions()? {
            for method in function.methods() {
                let route = format!("{method} {}", function.path);
                let failed = |cause: &str| Error::Route { route: route.clone(), cause: cause.to_owned() };
                let method = method.parse().map_err(|_| failed("no such method"))?;
                let entry = CATALOGUE.iter().find(|entry| entry.name == function.binary);
                let entry = *entry.ok_or_else(|| failed("no endpoint of this name in the catalogue"))?;
                let target = Target { route: route.clone(), function: entry };
                let inserted = routes.entry(method).or_default().insert(&function.path, target);
                inserted.map_err(|error| failed(&error.to_string()))?;
            }
        }
        Ok(Self { functions, routes })
    }

    async fn handle(&self, request: Request<Body>, peer: SocketAddr) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, LARGEST_PAYLOAD).await else {
            return gateway_error(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
        };
        let matched = self.routes.get(&parts.method).and_then(|routes| routes.at(parts.uri.path()).ok());
        let Some(matched) = matched else { return gateway_error(StatusCode::NOT_FOUND, "Not Found") };
        let parameters: Vec<_> =
            matched.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let event = to_event(&parts, &body, peer.ip(), &matched.value.route, &parameters);
        let output = self.functions.invoke(matched.value.function, event).await;
        let mut response = Response::new(output.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = output.status;
        *response.headers_mut() = output.headers;
        response
    }
}

/// An error response of API Gateway itself.
pub(crate) fn gateway_error(status: StatusCode, message: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(Bytes::from(format!(r#"{{"message":"{message}"}}"#))));
    *response.status_mut() = status;
    response.headers_mut().insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The gateway with the template's CORS settings, which also apply to the gateway's own responses. Expects the peer's
/// address as [`ConnectInfo`].
///
/// # Errors
/// When the template's routes or CORS settings can't be used.
pub fn router(functions: impl Invoke, template: &Template) -> Result<Router> {
    let gateway = Arc::new(Gateway::new(functions, template)?);
    let router = cors::layer(Router::new().fallback(handle).with_state(gateway), &template.cors()?)?;
    Ok(router.layer(from_fn(identify)))
}

/// Gives the request its id, which the function reads in its event, and the client in a header of the response.
async fn identify(mut request: Request<Body>, next: Next) -> Response<Body> {
    let id = RequestId::new();
    let header = HeaderValue::from_str(id.as_str());
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    // An id is always a header value.
    if let Ok(header) = header {
        response.headers_mut().insert("apigw-requestid", header);
    }
    response
}

/// Redirects `GET /` to the page at `/docs`, unless the template has a route for `/`.
///
/// # Errors
/// When the template's routes can't be used.
pub fn redirect_root_to_docs(router: Router, template: &Template) -> Result<Router> {
    if template.functions()?.iter().any(|function| function.path == "/") {
        return Ok(router);
    }
    Ok(router.layer(from_fn(async |request: Request<Body>, next: Next| {
        match (request.method(), request.uri().path()) {
            (&Method::GET, "/") => Redirect::temporary("/docs").into_response(),
            _ => next.run(request).await,
        }
    })))
}

async fn handle<I: Invoke>(
    State(gateway): State<Arc<Gateway<I>>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request<Body>,
) -> Response<Body> {
    gateway.handle(request, peer).await
}

/// Serves `router` on `listener` until the process must stop. Then it finishes the requests under way.
///
/// # Errors
/// When the socket fails.
pub async fn serve(listener: TcpListener, router: Router, stop: Stop) -> Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(stop.requested()).await.map_err(io("gateway"))
}

//! Connections to the embedded database that no page can find. Its server lets pages of every origin read its responses,
//! and can't be told otherwise. It takes nothing but a TCP listener: each connection gets a listener of its own, which
//! takes no second one.

use std::convert::Infallible;
use std::io::{Error, Result};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, Uri, Version, header};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use hyper::client::conn::http1::handshake;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::{Service, service_fn};

use crate::held::{Held, Server};

/// Requests at once. More of them wait, so that the process does not run out of sockets.
const AT_ONCE: usize = 16;
/// After this time without a request, a connection ends.
const IDLE: Duration = Duration::from_secs(10);
/// Headers of one connection, which concern no other (RFC 9110, 7.6.1).
const OF_ONE_CONNECTION: [HeaderName; 4] =
    [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, HeaderName::from_static("keep-alive")];

/// Passes requests on to the database.
pub(crate) fn service(
    database: Database,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {
    let connect = move |_: Uri| Box::pin(connect(database.clone()));
    let mut client = Client::builder(TokioExecutor::new());
    let client: Client<_, Body> =
        client.pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(service_fn(connect));
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    service_fn(move |request: Request| {
        let (client, permits) = (client.clone(), permits.clone());
        async move {
            let _permit = permits.acquire().await;
            let Some(request) = inner(request) else { return Ok(StatusCode::BAD_REQUEST.into_response()) };
            let Ok(response) = client.request(request).await else {
                return Ok(StatusCode::BAD_GATEWAY.into_response());
            };
            let (mut parts, body) = response.into_parts();
            OF_ONE_CONNECTION.iter().for_each(|name| drop(parts.headers.remove(name)));
            // Whole, so that the connection is free again before the permit is.
            let body = to_bytes(Body::new(body), usize::MAX).await;
            Ok(body.map_or_else(
                |_| StatusCode::BAD_GATEWAY.into_response(),
                |body| Response::from_parts(parts, Body::from(body)),
            ))
        }
    })
}

/// The request as it is sent to the database. A client that ends its connection ends none of the database's.
fn inner(mut request: Request) -> Option<Request> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = format!("http://database{path}").parse().ok()?;
    *request.version_mut() = Version::HTTP_11;
    OF_ONE_CONNECTION.iter().for_each(|name| drop(request.headers_mut().remove(name)));
    Some(request)
}

async fn connect(database: Database) -> Result<TokioIo<Held>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stream = TokioIo::new(TcpStream::connect(listener.local_addr()?).await?);
    let mut server: Server = Box::pin(async move {
        let _ = dynoxide::server::serve_on(listener, database).await;
    });
    let stream = tokio::select! {
        stream = taken(stream) => stream?,
        () = &mut server => return Err(Error::other("the database ended")),
    };
    // The server is never polled again, so it takes no other connection.
    Ok(TokioIo::new(Held::new(stream, server)))
}

/// Waits until the server has taken the connection: it answers a request.
async fn taken(stream: TokioIo<TcpStream>) -> Result<TcpStream> {
    let (mut client, connection) = handshake(stream).await.map_err(Error::other)?;
    let connection = tokio::spawn(connection.without_shutdown());
    let health = client.send_request(Request::new(Body::empty())).await.map_err(Error::other)?;
    to_bytes(Body::new(health.into_body()), usize::MAX).await.map_err(Error::other)?;
    drop(client);
    Ok(connection.await?.map_err(Error::other)?.io.into_inner())
}

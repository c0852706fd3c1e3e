//! Connections to the embedded database that no other program can make. Its server lets pages of every origin read
//! its responses, and can't be told otherwise, so it must not be reachable. It only takes a TCP listener: each connection
//! gets a listener, which is closed as soon as the connection stands.

use std::convert::Infallible;
use std::io::{Error, Result};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use hyper::client::conn::http1::handshake;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tower::{Service, service_fn};

/// Passes requests on to the database.
pub(crate) fn service(
    database: Database,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {
    let client: Client<_, Body> =
        Client::builder(TokioExecutor::new()).build(service_fn(move |_: Uri| Box::pin(connect(database.clone()))));
    service_fn(move |mut request: Request| {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let target = format!("http://database{path}").parse();
        let client = client.clone();
        async move {
            let Ok(target) = target else { return Ok(StatusCode::BAD_REQUEST.into_response()) };
            *request.uri_mut() = target;
            let response = client.request(request).await;
            Ok(response.map_or_else(|_| StatusCode::BAD_GATEWAY.into_response(), IntoResponse::into_response))
        }
    })
}

/// A connection to a server of its own.
async fn connect(database: Database) -> Result<TokioIo<TcpStream>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stream = TokioIo::new(TcpStream::connect(listener.local_addr()?).await?);
    let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
    let taken = taken(stream).await;
    // This ends the listener, and not the connection.
    server.abort();
    taken
}

/// Waits until the server has taken the connection: it answers a request.
async fn taken(stream: TokioIo<TcpStream>) -> Result<TokioIo<TcpStream>> {
    let (mut client, connection) = handshake(stream).await.map_err(Error::other)?;
    let connection = tokio::spawn(connection.without_shutdown());
    let health = client.send_request(Request::new(Body::empty())).await.map_err(Error::other)?;
    to_bytes(Body::new(health.into_body()), usize::MAX).await.map_err(Error::other)?;
    drop(client);
    Ok(connection.await?.map_err(Error::other)?.io)
}

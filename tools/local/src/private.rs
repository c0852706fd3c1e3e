//! Connections to the embedded database that no other program can make. Its server lets pages of every origin read its
//! responses, and can't be told otherwise, so nobody else may reach it. It takes nothing but a TCP listener: each
//! connection gets a listener of its own, which takes no second one.

use std::convert::Infallible;
use std::io::{Error, Result};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Servers that no longer listen. Their connections end with them.
type Servers = Mutex<Vec<Pin<Box<dyn Future<Output = ()> + Send>>>>;

/// Passes requests on to the database.
pub(crate) fn service(
    database: Database,
) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static {
    let servers = Arc::new(Servers::default());
    let connect = move |_: Uri| Box::pin(connect(database.clone(), servers.clone()));
    let client: Client<_, Body> =
        Client::builder(TokioExecutor::new()).pool_idle_timeout(None).build(service_fn(connect));
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

async fn connect(database: Database, servers: Arc<Servers>) -> Result<TokioIo<TcpStream>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stream = TokioIo::new(TcpStream::connect(listener.local_addr()?).await?);
    let mut server = Box::pin(dynoxide::server::serve_on(listener, database));
    let stream = tokio::select! {
        stream = taken(stream) => stream?,
        () = &mut server => return Err(Error::other("the database ended")),
    };
    // The server is never polled again, so it takes no other connection. If it were dropped, it would end this one.
    servers.lock().unwrap_or_else(PoisonError::into_inner).push(server);
    Ok(stream)
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

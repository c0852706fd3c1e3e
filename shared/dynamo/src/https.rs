use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{self, Client, connect};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use rustls::crypto::ring;
use tokio::net::TcpStream;
use tower::timeout::error::Elapsed;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceBuilder};

use crate::error::{Error, Result};
use crate::trust::TrustStore;

/// Time limit for name lookup, connection and TLS handshake, from within AWS.
pub const CONNECT: Duration = Duration::from_millis(700);

/// The longest time that a connection may be idle and still be used. AWS closes idle connections after about a minute.
const IDLE: Duration = Duration::from_secs(50);

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connect = BoxCloneSyncService<http::Uri, Stream, BoxError>;

/// HTTP/1.1 over TLS with `rustls` and `ring`, to trusted servers. AWS's own client adds HTTP/2, which DynamoDB does
/// not support and which takes a sixth of a function's binary.
///
/// Connecting ends after `patience`.
///
/// # Errors
/// When the TLS library has no usable protocol version.
pub fn http_client(trust: &TrustStore, patience: Duration) -> Result<SharedHttpClient> {
    Https::new(trust, patience).map(SharedHttpClient::new)
}

/// One pool of connections for the clients of all services.
#[derive(Clone, Debug)]
struct Https {
    connect: Connect,
    pool: Arc<Mutex<Pool>>,
}

/// The idle connections. While Lambda freezes an environment, the other end may drop all of them unnoticed. So all are
/// given up together: when the pool was idle for long, and when an attempt over one of them was given up.
#[derive(Debug)]
struct Pool {
    client: Client<Connect, SdkBody>,
    /// How many pools there were before.
    number: u64,
    /// The clock of the wall, because others can stand still in a frozen environment.
    used: SystemTime,
}

impl Https {
    fn new(trust: &TrustStore, patience: Duration) -> Result<Self> {
        let refused = |error: rustls::Error| Error::Refused(error.to_string());
        let versions = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let versions = versions.with_safe_default_protocol_versions().map_err(refused)?;
        let config = versions.with_root_certificates(trust.roots()).with_no_client_auth();
        let mut tcp = connect::HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let tls =
            HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().wrap_connector(tcp);
        let connect = BoxCloneSyncService::new(ServiceBuilder::new().timeout(patience).service(tls));
        let pool = Pool { client: client(&connect), number: 0, used: SystemTime::now() };
        Ok(Self { connect, pool: Arc::new(Mutex::new(pool)) })
    }

    /// The client of the current pool, and the pool's number.
    fn current(&self, now: SystemTime) -> (Client<Connect, SdkBody>, u64) {
        let mut pool = self.pool();
        // A clock that was set back says nothing about the connections.
        if now.duration_since(pool.used).is_ok_and(|idle| idle > IDLE) {
            self.renew(&mut pool);
        }
        pool.used = pool.used.max(now);
        (pool.client.clone(), pool.number)
    }

    /// Uses no connection of this pool again. Requests under way are not affected.
    fn give_up(&self, number: u64) {
        let mut pool = self.pool();
        if pool.number == number {
            self.renew(&mut pool);
        }
    }

    fn renew(&self, pool: &mut Pool) {
        pool.client = client(&self.connect);
        pool.number = pool.number.wrapping_add(1);
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client(connect: &Connect) -> Client<Connect, SdkBody> {
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).pool_idle_timeout(IDLE).build(connect.clone())
}

/// An attempt over a connection of a pool. The SDK drops the attempt when its time is up.
struct Attempt {
    https: Https,
    pool: u64,
    answered: bool,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.answered {
            self.https.give_up(self.pool);
        }
    }
}

impl HttpClient for Https {
    /// The timeouts in the settings are not needed: this client limits connecting, and the SDK limits each attempt.
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Https {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let https = self.clone();
        HttpConnectorFuture::new(async move {
            let mut request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let connection = capture_connection(&mut request);
            if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
                capture.set_connection_retriever(move || metadata(&connection));
            }
            let (client, pool) = https.current(SystemTime::now());
            let mut attempt = Attempt { https, pool, answered: false };
            let response = client.request(request).await.map_err(failed)?;
            attempt.answered = true;
            let response = response.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Lets the SDK close the connection of a failing server and retry over another connection.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    let proxied = connection.connection_metadata().as_ref()?.is_proxied();
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(proxied).poison_fn(poison).build())
}

/// A request that failed in transit may succeed on a retry.
fn failed(error: legacy::Error) -> ConnectorError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(known) = cause {
        if known.is::<Elapsed>() {
            return ConnectorError::timeout(error.into());
        }
        cause = known.source();
    }
    ConnectorError::io(error.into())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::{Connection, Db};

    async fn get(url: String) -> Result<HttpResponse, ConnectorError> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url).unwrap();
        Https::new(&TrustStore::Amazon, CONNECT).unwrap().call(request).await
    }

    #[tokio::test]
    async fn where_nobody_listens_a_retry_may_help() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(get(format!("https://{address}/")).await.unwrap_err().is_io());
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_does_not_greet_is_a_timeout() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let started = tokio::time::Instant::now();
        let error = get(format!("https://{}/", silent.local_addr().unwrap())).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(started.elapsed().as_millis(), CONNECT.as_millis());
    }

    /// Answers the first request with 500 and later requests with 200. Returns the number of connections.
    fn unwell_at_first(listener: TcpListener) -> std::thread::JoinHandle<usize> {
        std::thread::spawn(move || {
            let mut answers = ["500 Internal Server Error", "200 OK"].into_iter().peekable();
            let mut connections = 0;
            while answers.peek().is_some() {
                let (stream, _) = listener.accept().unwrap();
                connections += 1;
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.by_ref().map_while(std::result::Result::ok).any(|line| line.is_empty()) {
                    let Some(status) = answers.next() else { break };
                    write!(&stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
                    if answers.peek().is_none() {
                        break;
                    }
                }
            }
            connections
        })
    }

    #[tokio::test]
    async fn a_retry_goes_over_another_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = Connection {
            region: "eu-west-1".to_owned(),
            access_key_id: "none".to_owned(),
            secret_access_key: "none".to_owned(),
            session_token: None,
            endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
            http: http_client(&TrustStore::Amazon, CONNECT).unwrap(),
        };
        let server = unwell_at_first(listener);
        let db = Db::new(connection.dynamodb(), "test-");
        db.client.list_tables().send().await.unwrap();
        assert_eq!(server.join().unwrap(), 2);
    }

    /// Answers the first `good` requests, each over its own connection, then keeps these connections silent. Answers
    /// all requests over later connections. Returns the number of connections so far.
    fn silent_after(listener: TcpListener, good: usize) -> Arc<std::sync::atomic::AtomicUsize> {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let count = Arc::new(AtomicUsize::new(0));
        let connections = Arc::clone(&count);
        let together = Arc::new(std::sync::Barrier::new(good));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(std::result::Result::ok) {
                let (early, together) = (connections.fetch_add(1, Ordering::SeqCst) < good, Arc::clone(&together));
                std::thread::spawn(move || {
                    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                    let mut answered = 0;
                    while lines.by_ref().map_while(std::result::Result::ok).any(|line| line.is_empty()) {
                        if early && answered == 0 {
                            together.wait();
                        }
                        answered += 1;
                        if !early || answered == 1 {
                            write!(&stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{{}}").unwrap();
                        }
                    }
                });
            }
        });
        count
    }

    fn database(listener: &TcpListener) -> Db {
        let connection = Connection {
            region: "eu-west-1".to_owned(),
            access_key_id: "none".to_owned(),
            secret_access_key: "none".to_owned(),
            session_token: None,
            endpoint: Some(format!("http://{}", listener.local_addr().unwrap())),
            http: http_client(&TrustStore::Amazon, CONNECT).unwrap(),
        };
        Db::new(connection.dynamodb(), "test-")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_request_at_most_waits_for_connections_that_went_silent() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let db = database(&listener);
        let connections = silent_after(listener, 4);
        let call = || db.client.list_tables().send();
        let (a, b, c, d) = tokio::join!(call(), call(), call(), call());
        assert!([a, b, c, d].iter().all(std::result::Result::is_ok));
        assert_eq!(connections.load(std::sync::atomic::Ordering::SeqCst), 4);
        let started = std::time::Instant::now();
        call().await.unwrap();
        assert!(started.elapsed() < Duration::from_millis(1900), "more than one attempt waited");
        let started = std::time::Instant::now();
        for _ in 0..4 {
            call().await.unwrap();
        }
        assert!(started.elapsed() < Duration::from_millis(900), "a later request waited");
    }

    #[tokio::test]
    async fn connections_idle_for_long_are_not_tried() {
        let https = Https::new(&TrustStore::Amazon, CONNECT).unwrap();
        let now = SystemTime::now();
        let number = |after: Duration| https.current(now + after).1;
        assert_eq!(number(IDLE / 2), 0);
        // Each use counts anew.
        assert_eq!(number(IDLE + IDLE / 4), 0);
        assert_eq!(number(IDLE * 3), 1);
        // A clock that is set back changes nothing.
        assert_eq!(number(Duration::ZERO), 1);
    }
}

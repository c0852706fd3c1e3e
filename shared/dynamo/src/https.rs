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
use tokio::time::Instant;
use tower::timeout::error::Elapsed;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, ServiceBuilder};

use crate::error::{Error, Result};
use crate::trust::TrustStore;

#[cfg(test)]
mod tests;

/// Time limit for name lookup, connection and TLS handshake, from within AWS.
pub const CONNECT: Duration = Duration::from_millis(700);

/// The longest time that a connection may be idle and still be used. AWS closes idle connections after about a minute.
const IDLE: Duration = Duration::from_secs(50);

/// An attempt that was dropped after this time got no answer. One that was dropped earlier was no longer needed.
const SLOW: Duration = Duration::from_millis(500);

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

/// An attempt over a connection of a pool. The SDK drops the attempt when its time is up. Callers drop it when they no
/// longer need the answer, such as a read beside a limit that refuses: that says nothing about the connections.
struct Attempt {
    https: Https,
    pool: u64,
    began: Instant,
    /// Whether there was an answer. `None` while the attempt is under way.
    answered: Option<bool>,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let got_none = self.answered.map_or_else(|| self.began.elapsed() >= SLOW, |answered| !answered);
        if got_none {
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
            let mut attempt = Attempt { https, pool, began: Instant::now(), answered: None };
            let response = client.request(request).await;
            attempt.answered = Some(response.is_ok());
            let response = response.map_err(failed)?.map(SdkBody::from_body_1_x);
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

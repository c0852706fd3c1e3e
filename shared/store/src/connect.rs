use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// What it takes to reach DynamoDB.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The AWS region.
    pub region: String,
    /// The credentials of the process.
    pub credentials: Credentials,
    /// Another endpoint than AWS's own, such as an embedded DynamoDB.
    pub endpoint: Option<String>,
}

/// Makes the client, of which a process needs one. Nothing is sent yet.
///
/// A call is tried three times at most and ends within 3 s: attempts are cut at 1 s, connecting at 0.7 s.
pub fn connect(to: &Connection) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(700))
        .operation_attempt_timeout(Duration::from_millis(1000))
        .operation_timeout(Duration::from_millis(3000))
        .build();
    let retries = RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50));
    let mut config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https())
        .region(Region::new(to.region.clone()))
        .credentials_provider(to.credentials.clone())
        .timeout_config(timeouts)
        .retry_config(retries);
    if let Some(endpoint) = &to.endpoint {
        config = config.endpoint_url(endpoint);
    }
    Client::from_conf(config.build())
}

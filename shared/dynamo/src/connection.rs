use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient};
use aws_types::SdkConfig;

use crate::answers::{CompleteAnswers, PassingAnswers};

/// Region, credentials and endpoint for calls to AWS.
#[derive(Clone)]
pub struct Connection {
    /// The AWS region.
    pub region: String,
    /// The access key's id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: String,
    /// The session token of temporary credentials.
    pub session_token: Option<String>,
    /// A DynamoDB endpoint other than AWS's own, such as an embedded DynamoDB.
    pub endpoint: Option<String>,
    /// The HTTP client, one for all AWS clients of a process: see [`http_client`](crate::http_client).
    pub http: SharedHttpClient,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl Connection {
    /// The endpoint of DynamoDB.
    pub fn dynamodb_endpoint(&self) -> String {
        let suffix = if self.region.starts_with("cn-") { ".cn" } else { "" };
        let aws = || format!("https://dynamodb.{}.amazonaws.com{suffix}", self.region);
        self.endpoint.clone().unwrap_or_else(aws)
    }

    /// Makes the DynamoDB client. A process needs only one. Sends nothing yet.
    pub fn dynamodb(&self) -> Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.sdk_config(self.endpoint.clone()));
        Client::from_conf(config.interceptor(CompleteAnswers).retry_classifier(PassingAnswers).build())
    }

    /// The configuration of any AWS client. A call ends within 3 s: there are at most three attempts of 1 s each (sixteen
    /// of a write to DynamoDB that meets a transaction), and connecting takes at most 0.7 s.
    pub fn sdk_config(&self, endpoint: Option<String>) -> SdkConfig {
        let (id, secret) = (&self.access_key_id, &self.secret_access_key);
        let credentials = Credentials::new(id, secret, self.session_token.clone(), None, "environment");
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_millis(1000))
            .operation_timeout(Duration::from_millis(3000));
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.http.clone())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(timeouts.build())
            .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50)));
        config.set_endpoint_url(endpoint);
        config.build()
    }
}

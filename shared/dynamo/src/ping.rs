use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::db::Db;
use crate::error::error_chain;

impl Db {
    /// Opens the connection before the first call needs it. Uses DynamoDB's health check (`GET /`), which needs no
    /// permission and costs nothing. Takes at most 3 s. A slow response is not an error: the first call then waits
    /// instead.
    ///
    /// # Errors
    /// The cause in one line, when DynamoDB can't be reached.
    pub async fn ping(&self) -> Result<(), String> {
        // Any table will do. GetItem is used because most binaries contain its code anyway.
        let get = self.client.get_item().table_name(self.name("ping")).key("id", AttributeValue::Null(true));
        // The answer is no JSON, which is not retried here.
        let once = aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled());
        match get.customize().mutate_request(to_health_check).config_override(once).send().await {
            Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => Ok(()),
            Err(error @ (SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_))) => Err(error_chain(&error)),
            // Any response shows that DynamoDB can be reached.
            _ => Ok(()),
        }
    }
}

/// The SDK has no health check, so another call is turned into one.
fn to_health_check(request: &mut HttpRequest) {
    request.headers_mut().remove("x-amz-target");
    request.headers_mut().remove("content-length");
    *request.body_mut() = "".into();
    // Fails only for text that is not an HTTP method.
    let _ = request.set_method("GET");
}

use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::db::{Db, Table};
use crate::error::causes;

impl Db {
    /// Opens the connection that the first call would have to wait for, by asking DynamoDB how it is (`GET /`). Anybody
    /// may ask that: it needs no grant, costs no unit and leaves nothing in CloudTrail. One attempt, of at most 1 s.
    ///
    /// # Errors
    /// Why nothing answers, in one line.
    pub async fn reach(&self) -> Result<(), String> {
        let once = Builder::new().retry_config(RetryConfig::disabled());
        // Whatever becomes of it: most functions have this one anyway.
        let get = self.client.get_item().table_name(self.name(Table::Users)).key("id", AttributeValue::Null(true));
        let asked = get.customize().config_override(once).mutate_request(ask).send().await;
        match asked {
            Err(
                error @ (SdkError::ConstructionFailure(_) | SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)),
            ) => Err(causes(&error)),
            // Whatever it says, it is there.
            _ => Ok(()),
        }
    }
}

/// The SDK has no such call: what is sent in place of one goes the same way.
fn ask(request: &mut HttpRequest) {
    request.headers_mut().remove("x-amz-target");
    request.headers_mut().remove("content-length");
    *request.body_mut() = "".into();
    // Refused only for names that are no method.
    let _ = request.set_method("GET");
}

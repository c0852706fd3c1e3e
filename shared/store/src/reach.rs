use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::db::{Db, Table};
use crate::error::causes;

impl Db {
    /// Opens the connection that the first call would have to wait for, by asking DynamoDB how it is (`GET /`): that
    /// needs no grant and costs no unit. At most 3 s; what is slow is not wrong, and the first call goes on from there.
    ///
    /// # Errors
    /// Why nothing answers, in one line.
    pub async fn reach(&self) -> Result<(), String> {
        // Whatever becomes of it: most functions have this one anyway.
        let get = self.client.get_item().table_name(self.name(Table::Users)).key("id", AttributeValue::Null(true));
        let asked = get.customize().mutate_request(ask).send().await;
        match asked {
            Err(SdkError::DispatchFailure(failure)) if failure.is_timeout() => Ok(()),
            Err(error @ (SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_))) => Err(causes(&error)),
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

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use hyper_util::client::legacy;
use serde_json::Value;

use crate::error::{Error, describe_sdk_error};

/// Watches the attempts of one write. DynamoDB may have applied an attempt without a usable response, even if a later
/// attempt was refused.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<AtomicBool>);

impl Attempts {
    /// Whether an attempt had no usable response.
    pub(crate) fn any_lost(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The error of the write: [`Error::Unconfirmed`] if an attempt had no usable response.
    pub(crate) fn error<E>(&self, error: SdkError<E>) -> Error
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        if self.any_lost() { Error::Unconfirmed(describe_sdk_error(&error)) } else { error.into() }
    }
}

#[dyn_dispatch_hint]
impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failure = context.output_or_error().and_then(Result::err);
        let answered = match (context.response(), failure) {
            (Some(response), None) => response.status().is_success(),
            (Some(response), Some(_)) => is_refusal(response),
            (None, Some(error)) => error.as_connector_error().is_some_and(|error| was_not_sent(error)),
            (None, None) => false,
        };
        if !answered {
            self.0.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Whether the response is DynamoDB's own refusal, which names its error.
fn is_refusal(response: &HttpResponse) -> bool {
    let body = response.body().bytes().and_then(|body| serde_json::from_slice::<Value>(body).ok());
    response.status().is_client_error() && body.is_some_and(|body| body.get("__type").is_some_and(Value::is_string))
}

/// Whether there was no connection to send the request over. For clients over [`http_client`](crate::http_client).
pub fn was_not_sent(error: &(dyn StdError + 'static)) -> bool {
    let mut chain = std::iter::successors(Some(error), |&error| error.source());
    chain.any(|cause| cause.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect))
}

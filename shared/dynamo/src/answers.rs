use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{InterceptorContext, Output};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use crate::error::is_understood;

/// An answer to a read that has none of the members that every such answer has. It says nothing: not that items are
/// absent, either.
#[derive(Debug, thiserror::Error)]
#[error("the answer is incomplete")]
struct Incomplete;

/// Turns incomplete answers to reads into failures of the attempt.
#[derive(Debug)]
pub(crate) struct CompleteAnswers;

#[dyn_dispatch_hint]
impl Intercept for CompleteAnswers {
    fn name(&self) -> &'static str {
        "CompleteAnswers"
    }

    /// The answer for an absent item has no member unless the consumed capacity is requested.
    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(get) = context.input_mut().downcast_mut::<GetItemInput>() {
            get.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
        }
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.output_or_error() {
            Some(Ok(output)) if !is_complete(output) => Err(Incomplete.into()),
            _ => Ok(()),
        }
    }
}

fn is_complete(output: &Output) -> bool {
    if let Some(get) = output.downcast_ref::<GetItemOutput>() {
        return get.item.is_some() || get.consumed_capacity.is_some();
    }
    if let Some(get) = output.downcast_ref::<BatchGetItemOutput>() {
        return get.responses.is_some();
    }
    let items = output.downcast_ref::<QueryOutput>().map(|query| query.items.is_some());
    items.or_else(|| output.downcast_ref::<ScanOutput>().map(|scan| scan.items.is_some())).unwrap_or(true)
}

/// Retries what the SDK takes for final: writes that met a transaction, and answers that can't be understood. The SDK's
/// pauses between attempts are random.
#[derive(Debug)]
pub(crate) struct PassingAnswers;

impl ClassifyRetry for PassingAnswers {
    fn name(&self) -> &'static str {
        "PassingAnswers"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = matches!(context.output_or_error(), Some(Err(_)));
        match context.response() {
            Some(response) if failed && passes(response) => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }
}

fn passes(response: &HttpResponse) -> bool {
    let code = code(response);
    !code.as_deref().is_some_and(is_understood) || code.as_deref() == Some("TransactionConflictException")
}

/// The code of an error, without its namespace.
fn code(response: &HttpResponse) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(response.body().bytes()?).ok()?;
    let name = body.get("__type").or_else(|| body.get("code"))?.as_str()?;
    name.rsplit('#').next()?.split(':').next().map(str::to_owned)
}

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextMut,
};
use aws_sdk_dynamodb::config::retry::TokenBucket;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemOutput;
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{Input, InterceptorContext, Output};
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use aws_smithy_types::retry::RetryConfig;

use crate::error::is_understood;
use crate::pause::{FIRST_PAUSE, LONGEST_PAUSE, TRIES};

/// An answer that lacks a part that every such answer has. It says nothing: not that items are absent, and not that a
/// write was made.
#[derive(Debug, thiserror::Error)]
#[error("the answer is incomplete")]
struct Incomplete;

/// Turns incomplete answers into failures of the attempt.
#[derive(Debug)]
pub(crate) struct CompleteAnswers;

/// What the answer to a request must have, beyond what its operation says.
#[derive(Debug, Default)]
struct Expected {
    /// The tables of a BatchGetItem, each of which the answer must name.
    tables: Vec<String>,
    /// Whether an update asked for attributes that exist after every update.
    new_attributes: bool,
    /// Whether the consumed capacity was requested, so that an answer without an item is not empty.
    capacity: bool,
}

impl Storable for Expected {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for CompleteAnswers {
    fn name(&self) -> &'static str {
        "CompleteAnswers"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Expected::of(context.input_mut()));
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.response().is_some_and(is_conflict) {
            try_often(cfg);
        }
        let Some(Ok(output)) = context.output_or_error() else { return Ok(()) };
        // Even an answer without members is a JSON object.
        let is_empty = context.response().and_then(|response| response.body().bytes()).is_some_and(<[u8]>::is_empty);
        let expected = cfg.load::<Expected>();
        if is_empty || !expected.is_none_or(|expected| expected.is_complete(output)) {
            return Err(Incomplete.into());
        }
        Ok(())
    }
}

impl Expected {
    /// Requests the consumed capacity where the answer might have no other member: for an absent item.
    fn of(input: &mut Input) -> Self {
        let mut expected = Self::default();
        let mut request_capacity = |capacity: &mut Option<ReturnConsumedCapacity>| {
            *capacity = Some(ReturnConsumedCapacity::Total);
            expected.capacity = true;
        };
        if let Some(get) = input.downcast_mut::<GetItemInput>() {
            request_capacity(&mut get.return_consumed_capacity);
        } else if let Some(delete) = input.downcast_mut::<DeleteItemInput>() {
            if is_requested(delete.return_values.as_ref()) {
                request_capacity(&mut delete.return_consumed_capacity);
            }
        } else if let Some(put) = input.downcast_mut::<PutItemInput>() {
            if is_requested(put.return_values.as_ref()) {
                request_capacity(&mut put.return_consumed_capacity);
            }
        } else if let Some(update) = input.downcast_mut::<UpdateItemInput>() {
            match &update.return_values {
                Some(ReturnValue::AllNew | ReturnValue::UpdatedNew) => expected.new_attributes = true,
                values if is_requested(values.as_ref()) => request_capacity(&mut update.return_consumed_capacity),
                _ => {}
            }
        } else if let Some(get) = input.downcast_mut::<BatchGetItemInput>() {
            request_capacity(&mut get.return_consumed_capacity);
            expected.tables = get.request_items.iter().flatten().map(|(table, _)| table.clone()).collect();
        }
        expected
    }

    fn is_complete(&self, output: &Output) -> bool {
        if let Some(get) = output.downcast_ref::<GetItemOutput>() {
            return get.item.is_some() || get.consumed_capacity.is_some();
        }
        if let Some(get) = output.downcast_ref::<BatchGetItemOutput>() {
            let read = |table| get.responses.as_ref().is_some_and(|tables| tables.contains_key(table));
            let left = |table| get.unprocessed_keys.as_ref().is_some_and(|tables| tables.contains_key(table));
            let billed = |table: &str| get.consumed_capacity().iter().any(|part| part.table_name() == Some(table));
            return self.tables.iter().all(|table| read(table) || left(table) || billed(table));
        }
        if let Some(write) = output.downcast_ref::<BatchWriteItemOutput>() {
            return write.unprocessed_items.is_some();
        }
        if let Some(query) = output.downcast_ref::<QueryOutput>() {
            return query.items.is_some();
        }
        if let Some(scan) = output.downcast_ref::<ScanOutput>() {
            return scan.items.is_some();
        }
        self.is_complete_write(output)
    }

    fn is_complete_write(&self, output: &Output) -> bool {
        let (has_attributes, has_capacity) = if let Some(update) = output.downcast_ref::<UpdateItemOutput>() {
            (update.attributes.is_some(), update.consumed_capacity.is_some())
        } else if let Some(delete) = output.downcast_ref::<DeleteItemOutput>() {
            (delete.attributes.is_some(), delete.consumed_capacity.is_some())
        } else if let Some(put) = output.downcast_ref::<PutItemOutput>() {
            (put.attributes.is_some(), put.consumed_capacity.is_some())
        } else {
            return true;
        };
        has_attributes || (!self.new_attributes && (!self.capacity || has_capacity))
    }
}

/// Whether a write asks for attributes.
fn is_requested(values: Option<&ReturnValue>) -> bool {
    !matches!(values, None | Some(ReturnValue::None))
}

/// Gives this call as many attempts as a transaction has, after the same pauses. They still end with the timeout of the
/// call. They need no tokens of the SDK's retries, which are for failures that could be overload: after a few conflicts,
/// the process would have none left.
fn try_often(cfg: &mut ConfigBag) {
    if let Some(retries) = cfg.load::<RetryConfig>().cloned()
        && retries.max_attempts() < TRIES
    {
        let retries = retries.with_max_attempts(TRIES);
        let retries = retries.with_initial_backoff(FIRST_PAUSE).with_max_backoff(LONGEST_PAUSE);
        cfg.interceptor_state().store_put(retries);
        cfg.interceptor_state().store_put(TokenBucket::unlimited());
    }
}

fn is_conflict(response: &HttpResponse) -> bool {
    response.status().is_client_error() && code(response).as_deref() == Some("TransactionConflictException")
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
    !code(response).as_deref().is_some_and(is_understood) || is_conflict(response)
}

/// The code of an error, without its namespace.
fn code(response: &HttpResponse) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(response.body().bytes()?).ok()?;
    let name = body.get("__type").or_else(|| body.get("code"))?.as_str()?;
    name.rsplit('#').next()?.split(':').next().map(str::to_owned)
}

use std::process::ExitCode;
use std::sync::Arc;

use api::{Context, Endpoint, FRAMEWORK_METRICS, Metric, Permit, Settings, Setup, Task, Worker};
use auth::{Clock, Entropy, Guard};
use dynamo::Db;

use crate::account_states::StoredAccountStates;
use crate::events::METRICS;
use crate::signing_keys::SigningKeys;

/// The set-up of processes whose callers have accounts and sessions in this crate's tables.
pub struct Identity;

impl Setup for Identity {
    const METRICS: &'static [&'static [Metric]] = &[FRAMEWORK_METRICS, METRICS];

    fn guard(db: &Db, settings: &Settings) -> Guard {
        Guard::new(SigningKeys::new(db), StoredAccountStates::new(db), settings.tokens.clone())
    }
}

impl Identity {
    /// A context for tools and tests, which run all endpoints in one process. Sends nothing yet.
    pub fn context(permit: &Permit, settings: &Settings, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Context {
        Context::new(permit, settings, clock, entropy, Some(Self::guard))
    }
}

/// Serves endpoint `E` as a Lambda function: the whole `main` of its binary.
pub fn serve<E: Endpoint>() -> ExitCode {
    api::serve_with::<E, Identity>()
}

/// Serves worker `W` as a Lambda function that SQS invokes.
pub fn serve_worker<W: Worker>(name: &str) -> ExitCode {
    api::serve_worker::<W, Identity>(name)
}

/// Serves task `T` as a Lambda function that a schedule invokes.
pub fn serve_task<T: Task>(name: &str) -> ExitCode {
    api::serve_task::<T, Identity>(name)
}

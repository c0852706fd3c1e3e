use std::future::Future;
use std::pin::Pin;

use auth::{Access, Caller, Level};
use serde_json::Value;

use crate::answer::Answer;
use crate::app::App;
use crate::call::call;
use crate::endpoint::{Endpoint, Route};
use crate::job::QueueName;
use crate::limit::Limit;

type Invoke = fn(App, Value) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An endpoint as a value: what it declares, and a way to call it in process.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The binary's name.
    pub name: &'static str,
    /// Where it is found.
    pub route: Route,
    /// Who may call it.
    pub level: Level,
    /// How often it may be called.
    pub limits: &'static [Limit],
    /// Whether it may read the signing seed.
    pub signs: bool,
    /// The queues that it puts jobs on.
    pub queues: &'static [QueueName],
    invoke: Invoke,
}

impl Entry {
    /// The entry of endpoint `E`, whose binary is `name`.
    pub const fn of<E: Endpoint>(name: &'static str) -> Self {
        const { crate::limit::check::<E>() };
        Self {
            name,
            route: E::ROUTE,
            level: <<E::Access as Access>::Proof as Caller>::LEVEL,
            limits: E::LIMITS,
            signs: E::SIGNS,
            queues: E::QUEUES,
            invoke: |app, event| Box::pin(async move { call::<E>(&app, event).await }),
        }
    }

    /// Answers one API Gateway HTTP API event (payload version 2.0), as the Lambda would.
    pub async fn call(&self, app: &App, event: Value) -> Answer {
        (self.invoke)(app.clone(), event).await
    }
}

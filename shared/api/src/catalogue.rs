use std::future::Future;
use std::pin::Pin;

use auth::{Access, Caller, Level};
use serde_json::Value;

use crate::answer::{Answer, Output};
use crate::app::App;
use crate::call::call;
use crate::endpoint::{Endpoint, Route};
use crate::input::Input;
use crate::job::QueueName;
use crate::limit::Limit;
use crate::operation::Operation;

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
    source: &'static str,
    describe: fn(&mut Operation<'_>),
    invoke: Invoke,
}

impl Entry {
    /// The entry of endpoint `E`, whose binary is `name`, and whose source begins with what it is for.
    pub const fn of<E: Endpoint>(name: &'static str, source: &'static str) -> Self {
        const { crate::limit::check::<E>() };
        Self {
            name,
            route: E::ROUTE,
            level: <<E::Access as Access>::Proof as Caller>::LEVEL,
            limits: E::LIMITS,
            signs: E::SIGNS,
            queues: E::QUEUES,
            source,
            describe: describe::<E>,
            invoke: |app, event| Box::pin(async move { call::<E>(&app, event).await }),
        }
    }

    /// Answers one API Gateway HTTP API event (payload version 2.0), as the Lambda would.
    pub async fn call(&self, app: &App, event: Value) -> Answer {
        (self.invoke)(app.clone(), event).await
    }

    pub(crate) fn describe(&self, operation: &mut Operation<'_>) {
        (self.describe)(operation);
    }

    /// What the first lines of its source say that it does: the first sentence, and all of it.
    pub(crate) fn about(&self) -> (String, String) {
        let lines: Vec<&str> = self.source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let text = lines.join(" ");
        let text = text.strip_prefix(&format!("`{}`: ", self.route)).unwrap_or(&text);
        let mut letters = text.chars();
        let text: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let end = text.find(". ").unwrap_or(text.trim_end_matches('.').len());
        (text.get(..end).unwrap_or(&text).to_owned(), text)
    }
}

fn describe<E: Endpoint>(operation: &mut Operation<'_>) {
    operation.fails(E::FAILS);
    E::Input::describe(operation);
    E::Output::describe(operation);
}

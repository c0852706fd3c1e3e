use auth::{Access, BoxFuture, Caller, Level};
use serde_json::Value;

use crate::call::call;
use crate::context::{Context, Part, Permit};
use crate::endpoint::{Endpoint, check_declarations, uses_database};
use crate::error::Result;
use crate::limits::Limit;
use crate::openapi::Operation;
use crate::part::{PartInfo, listed};
use crate::request::FromRequest;
use crate::response::{IntoResponse, Response};
use crate::route::{Method, Route};
use crate::start::{Prepare, ping, start};

type Invoke = for<'a> fn(&'a Context, &'a Permit, Value) -> BoxFuture<'a, Response>;

/// An endpoint as a value: its declarations, and a method to call the endpoint in process.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The binary's name.
    pub name: &'static str,
    /// The method and path.
    pub route: Route,
    /// The access level.
    pub level: Level,
    /// Whether the caller must have authenticated recently.
    pub recent: bool,
    /// The scope with which service keys are admitted. `None` if they are not.
    pub scope: Option<&'static str>,
    /// The rate limits.
    pub limits: &'static [Limit],
    source: &'static str,
    list_parts: fn(&mut Vec<PartInfo>),
    document: fn(&mut Operation<'_>),
    invoke: Invoke,
    prepare: Prepare,
}

impl Entry {
    /// The entry of endpoint `E`. `name` is the name of the binary. `source` is the text of the source file, which
    /// begins with the description.
    pub const fn of<E: Endpoint>(name: &'static str, source: &'static str) -> Self {
        const { check_declarations::<E>() };
        Self {
            name,
            route: E::ROUTE,
            level: <<E::Access as Access>::Proof as Caller>::LEVEL,
            recent: <<E::Access as Access>::Proof as Caller>::RECENT,
            scope: <<E::Access as Access>::Proof as Caller>::SCOPE,
            limits: E::LIMITS,
            source,
            list_parts: E::Uses::list,
            document: document::<E>,
            invoke: |context, permit, event| Box::pin(call::<E>(context, permit, event)),
            prepare: |context, permit| {
                Box::pin(async { start::<E::Uses>(context, ping(context, permit, uses_database::<E>())).await })
            },
        }
    }

    /// The level in words, as in `Superuser, recent`.
    pub fn access(&self) -> String {
        let recent = if self.recent { ", recent" } else { "" };
        match self.scope {
            Some(scope) if self.level == Level::Agent => format!("Service key with {scope}"),
            Some(scope) => format!("{}{recent}, or service key with {scope}", self.level),
            None => format!("{}{recent}", self.level),
        }
    }

    /// The route that answers HEAD (RFC 9110, 9.3.2). Public endpoints with GET have one, because API Gateway does not
    /// pass HEAD on to a route with GET.
    pub fn head(&self) -> Option<Route> {
        let has_head = self.route.method == Method::Get && self.level == Level::Public;
        has_head.then_some(Route { method: Method::Head, ..self.route })
    }

    /// All routes of the endpoint.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        std::iter::once(self.route).chain(self.head())
    }

    /// Whether the gateway throttles the endpoint's routes more than others.
    pub fn has_throttle(&self) -> bool {
        self.limits.iter().any(|limit| limit.throttled)
    }

    /// Answers one API Gateway HTTP API event (payload version 2.0), as the Lambda would.
    pub async fn call(&self, context: &Context, permit: &Permit, event: Value) -> Response {
        (self.invoke)(context, permit, event).await
    }

    /// Builds and prepares the endpoint's parts, as the Lambda does when it starts.
    ///
    /// # Errors
    /// When a setting is missing or wrong. Anything else may pass by itself, and is logged.
    pub async fn prepare(&self, context: &Context, permit: &Permit) -> Result<()> {
        (self.prepare)(context, permit).await
    }

    /// The parts that the endpoint may use.
    pub fn uses(&self) -> Vec<PartInfo> {
        listed(self.list_parts)
    }

    pub(crate) fn document(&self, operation: &mut Operation<'_>) {
        (self.document)(operation);
    }

    /// The description from the first lines of the source: the first sentence, and the whole text.
    pub fn summary(&self) -> (String, String) {
        let lines: Vec<&str> = self.source.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        let text = lines.join(" ");
        let text = text.strip_prefix(&format!("`{}`: ", self.route)).unwrap_or(&text);
        let mut letters = text.chars();
        let text: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let end = text.find(". ").unwrap_or(text.trim_end_matches('.').len());
        (text.get(..end).unwrap_or(&text).to_owned(), text)
    }
}

fn document<E: Endpoint>(operation: &mut Operation<'_>) {
    operation.add_errors(E::ERRORS);
    <E::Input as FromRequest<E::Uses>>::document(operation);
    E::Output::document(operation);
}

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use api::{Context, Entry, Permit, Response, Settings};
use auth::{Clock, OsEntropy};
use identity::Identity;
use local::Invoke;
use operator::Operator;
use serde_json::Value;

use crate::contract::{assert_documented, assert_taken};

/// The permit of tests.
pub fn permit() -> Permit {
    Permit::for_operator(&Operator::acting())
}

/// All functions in process. Each has its own context, as in Lambda. So they share no memory, and the proxy knows the
/// function of each call.
#[derive(Clone)]
pub struct Functions(Arc<Inner>);

struct Inner {
    settings: Settings,
    clock: Arc<dyn Clock>,
    contexts: Mutex<HashMap<&'static str, Context>>,
}

impl Functions {
    /// Functions with these settings.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { settings: settings.clone(), clock, contexts: Mutex::default() }))
    }

    /// The context of one function.
    pub fn context(&self, function: &'static str) -> Context {
        let mut contexts = self.0.contexts.lock().unwrap();
        let new = || {
            let mut settings = self.0.settings.clone();
            let url = settings.connection.endpoint.unwrap();
            settings.connection.endpoint = Some(format!("{url}/{function}"));
            Identity::context(&permit(), &settings, self.0.clock.clone(), Arc::new(OsEntropy))
        };
        contexts.entry(function).or_insert_with(new).clone()
    }
}

impl Invoke for Functions {
    async fn invoke(&self, function: Entry, event: Value) -> Response {
        let response = function.call(&self.context(function.name), &permit(), event.clone()).await;
        let is_head = event["requestContext"]["http"]["method"] == "HEAD";
        let operation = if is_head { format!("{}_head", function.name) } else { function.name.to_owned() };
        assert_documented(&operation, &response);
        if response.status.is_success() {
            assert_taken(function.name, &event);
        }
        response
    }
}

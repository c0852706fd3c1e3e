use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use api::{Answer, App, Entry, Settings};
use auth::{Clock, OsEntropy};
use local::Invoke;
use serde_json::Value;

use crate::contract::{assert_described, assert_taken};

/// All functions in process, each with an app of its own, as in Lambda: they share no memory, and the database's proxy
/// learns whose calls are whose.
#[derive(Clone)]
pub struct Functions(Arc<Inner>);

struct Inner {
    settings: Settings,
    clock: Arc<dyn Clock>,
    apps: Mutex<HashMap<&'static str, App>>,
}

impl Functions {
    /// Functions with these settings.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { settings: settings.clone(), clock, apps: Mutex::default() }))
    }

    /// The app of one function.
    pub fn app(&self, function: &'static str) -> App {
        let mut apps = self.0.apps.lock().unwrap();
        let new = || {
            let mut settings = self.0.settings.clone();
            let url = settings.connection.endpoint.unwrap();
            settings.connection.endpoint = Some(format!("{url}/{function}"));
            App::new::<api::Everything>(&settings, self.0.clock.clone(), Arc::new(OsEntropy)).unwrap()
        };
        apps.entry(function).or_insert_with(new).clone()
    }
}

impl Invoke for Functions {
    async fn invoke(&self, function: Entry, event: Value) -> Answer {
        let answer = function.call(&self.app(function.name), event.clone()).await;
        assert_described(function.name, &answer);
        if answer.status.is_success() {
            assert_taken(function.name, &event);
        }
        answer
    }
}

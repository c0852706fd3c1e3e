use api::{Entry, Method};
use auth::{BoxFuture, Level};
use catalogue::CATALOGUE;

use crate::app::TestApp;
use crate::client::Client;

mod factors;
mod identity;
mod plain;

pub use factors::OTHERS;
pub use identity::ANOTHER_EMAIL;
pub use plain::{Callers, GoodCall, plain_call};

impl Callers for TestApp {
    fn admitted(&self, level: Level) -> BoxFuture<'_, Client> {
        Box::pin(admitted(self, level))
    }
}

/// A client with just the access that this level demands.
pub async fn admitted(app: &TestApp, level: Level) -> Client {
    match level {
        Level::Public | Level::Maybe => app.anon(),
        Level::Authenticated => app.user().await,
        Level::Staff => app.staff().await,
        Level::Superuser => app.superuser().await,
        Level::Agent => panic!("no endpoint of the catalogue is for service keys alone"),
    }
}

/// Makes the declared calls with which users create rows of their own, so that the account has data of every domain.
pub async fn fill_account(app: &TestApp, user: &Client) {
    let creates = |entry: &&Entry| {
        let method = entry.route.method;
        entry.level == Level::Authenticated
            && [Method::Post, Method::Put].contains(&method)
            && plain::is_declared(entry)
    };
    for entry in CATALOGUE.iter().filter(creates) {
        let (path, body, success) = plain_call(entry, user, app).await;
        assert_eq!(user.call(entry.route, &path, body).await.status, success, "{}", entry.name);
    }
}

/// A call of the endpoint that succeeds for a client that the level admits.
pub async fn good_call(app: &TestApp, endpoint: &str, client: &Client) -> GoodCall {
    if let Some(call) = identity::good_call(app, endpoint, client).await {
        return call;
    }
    if let Some(call) = factors::good_call(app, endpoint, client).await {
        return call;
    }
    let entry = CATALOGUE.iter().find(|entry| entry.name == endpoint);
    let entry = entry.unwrap_or_else(|| panic!("there is no endpoint {endpoint}"));
    plain_call(entry, client, app).await
}

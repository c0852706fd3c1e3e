use auth::Level;
use serde_json::Value;

use crate::app::TestApp;
use crate::client::Client;

mod framework;
mod identity;
mod shop;

/// Path, body and the status of success.
pub type GoodCall = (String, Option<Value>, u16);

/// A client with just the access that this level demands.
pub async fn admitted(app: &TestApp, level: Level) -> Client {
    match level {
        Level::Public | Level::Maybe => app.anon(),
        Level::Authenticated => app.user().await,
        Level::Staff => app.staff().await,
        Level::Superuser => app.superuser().await,
    }
}

/// A call of the endpoint that succeeds for a client that the level admits.
pub async fn good_call(app: &TestApp, endpoint: &str, client: &Client) -> GoodCall {
    let mut call = framework::good_call(endpoint);
    call = call.or(identity::good_call(app, endpoint, client).await);
    call = call.or(shop::good_call(app, endpoint, client).await);
    call.unwrap_or_else(|| panic!("{endpoint} has no good call in tests/support/good_calls"))
}

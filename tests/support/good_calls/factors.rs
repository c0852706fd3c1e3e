use http::Method;
use serde_json::{Value, json};

use super::plain::GoodCall;
use crate::app::TestApp;
use crate::authenticator::{challenge, enrol, enrol_in_session};
use crate::client::Client;
use crate::passkey::{PASSKEY_CHALLENGE, PASSKEY_OPTIONS, PASSKEY_TOKEN, PASSKEYS, Passkey, creation_options};
use crate::totp::Authenticator;

/// Another good call of `tokens_second_factor`, with other writes.
const CODE: &str = "tokens_second_factor, code";
/// Another good call of `tokens_reauthenticate`, with other writes.
const CODE_AGAIN: &str = "tokens_reauthenticate, code";

/// Another good call of `tokens_second_factor`, with other writes.
const PASSKEY: &str = "tokens_second_factor, passkey";
/// Another good call of `tokens_reauthenticate`, with other writes.
const PASSKEY_AGAIN: &str = "tokens_reauthenticate, passkey";
/// Another good call of `factors_delete`, with other writes.
const PASSKEY_REMOVED: &str = "factors_delete, passkey";

/// The other good calls of endpoints of second factors.
pub const OTHERS: [&str; 5] = [CODE, CODE_AGAIN, PASSKEY, PASSKEY_AGAIN, PASSKEY_REMOVED];

const FACTORS: &str = "/v1/users/me/factors";

/// A good call of an endpoint of second factors that needs more than calls of other endpoints. A client that the endpoint
/// does not admit gets a call of the same form.
pub(super) async fn good_call(app: &TestApp, endpoint: &str, client: &Client) -> Option<GoodCall> {
    Some(match endpoint {
        // Without a body, and with nothing before it: the factor is the user's first one.
        "factors_create" => (FACTORS.to_owned(), None, 201),
        "factors_list" => {
            enrol_in_session(app, client).await;
            (FACTORS.to_owned(), None, 200)
        }
        "factors_confirm" => {
            let (id, body) = confirmation(app, client).await;
            (format!("{FACTORS}/{id}/confirm"), Some(body), 200)
        }
        "factors_delete" => {
            let enrolled = enrol_in_session(app, client).await;
            let id = enrolled.map_or("none".to_owned(), |enrolled| enrolled.authenticator.id.clone());
            (format!("{FACTORS}/{id}"), None, 204)
        }
        "recovery_codes_create" => {
            enrol_in_session(app, client).await;
            ("/v1/users/me/recovery-codes".to_owned(), None, 201)
        }
        // A recovery code, because it is right at any time.
        "tokens_second_factor" => {
            let user = app.user().await;
            let codes = enrol(app, &user).await.recovery_codes;
            let body = json!({ "challenge": challenge(app, &user.username).await, "recovery_code": codes[0] });
            ("/v1/auth/token/second-factor".to_owned(), Some(body), 200)
        }
        CODE => {
            let user = app.user().await;
            let authenticator = enrol(app, &user).await.authenticator;
            let body = json!({ "challenge": challenge(app, &user.username).await, "code": authenticator.next_code() });
            ("/v1/auth/token/second-factor".to_owned(), Some(body), 200)
        }
        CODE_AGAIN => {
            let enrolled = enrol_in_session(app, client).await.unwrap();
            let body = json!({ "code": enrolled.authenticator.next_code() });
            ("/v1/auth/reauthenticate".to_owned(), Some(body), 200)
        }
        _ => return passkeys(app, endpoint, client).await,
    })
}

/// The same for passkeys.
async fn passkeys(app: &TestApp, endpoint: &str, client: &Client) -> Option<GoodCall> {
    Some(match endpoint {
        "passkey_challenge" => (PASSKEY_CHALLENGE.to_owned(), None, 200),
        "passkeys_options" => {
            enrol_in_session(app, client).await;
            (PASSKEY_OPTIONS.to_owned(), None, 200)
        }
        "passkeys_create" => {
            enrol_in_session(app, client).await;
            let options = creation_options(client).await;
            let credential = if options.status == 200 { Passkey::make(&options.json()).1 } else { json!({}) };
            (PASSKEYS.to_owned(), Some(json!({ "credential": credential, "name": "Laptop" })), 201)
        }
        "tokens_passkey" => {
            let (_, passkey) = owner(app).await;
            (PASSKEY_TOKEN.to_owned(), Some(json!({ "credential": passkey.response(app).await })), 200)
        }
        PASSKEY => {
            let (user, passkey) = owner(app).await;
            let challenge = challenge(app, &user.username).await;
            let body = json!({ "challenge": challenge, "passkey": passkey.response(app).await });
            ("/v1/auth/token/second-factor".to_owned(), Some(body), 200)
        }
        PASSKEY_AGAIN => {
            enrol_in_session(app, client).await.unwrap();
            let body = json!({ "passkey": Passkey::add(client).await.response(app).await });
            ("/v1/auth/reauthenticate".to_owned(), Some(body), 200)
        }
        PASSKEY_REMOVED => {
            enrol_in_session(app, client).await.unwrap();
            (format!("{FACTORS}/{}", Passkey::add(client).await.factor), None, 204)
        }
        _ => return None,
    })
}

/// A user with an authenticator app and a passkey.
async fn owner(app: &TestApp) -> (Client, Passkey) {
    let user = app.user().await;
    enrol(app, &user).await;
    let user = app.sign_in(&user.username).await;
    let passkey = Passkey::add(&user).await;
    (user, passkey)
}

/// The id of a factor that waits to be confirmed, and the codes that confirm it.
async fn confirmation(app: &TestApp, client: &Client) -> (String, Value) {
    let offer = client.send(Method::POST, FACTORS, None).await;
    let Some(authenticator) = Authenticator::offered(app, &offer) else {
        return ("none".to_owned(), json!({ "code": "000000", "mailed_code": "AAAA-AAAA" }));
    };
    let mailed = app.mailed_code(&format!("{}@example.com", client.username)).await;
    let body = json!({ "code": authenticator.next_code(), "mailed_code": mailed });
    (authenticator.id, body)
}

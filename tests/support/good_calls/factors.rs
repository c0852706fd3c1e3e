use http::Method;
use serde_json::{Value, json};

use super::plain::GoodCall;
use crate::app::TestApp;
use crate::authenticator::{Authenticator, challenge, enrol, enrol_in_session};
use crate::client::Client;

/// Another good call of `tokens_second_factor`, with other writes.
pub const CODE: &str = "tokens_second_factor, code";
/// Another good call of `tokens_reauthenticate`, with other writes.
pub const CODE_AGAIN: &str = "tokens_reauthenticate, code";

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
        _ => return None,
    })
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

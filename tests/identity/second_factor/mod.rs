//! Second factors: an authenticator app, and recovery codes.

mod email;
mod enrolment;
mod guesses;
mod recovery;
mod removal;
mod roles;
mod sign_in;
mod step_up;

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Authenticator, Client, Enrolled, Forge, Response, TestApp, challenge, enrol};

use crate::{REAUTHENTICATE, fields};

const SECOND_FACTOR: &str = "/v1/auth/token/second-factor";
const FACTORS: &str = "/v1/users/me/factors";
const RECOVERY_CODES: &str = "/v1/users/me/recovery-codes";

/// A recovery code that nobody has.
const NO_RECOVERY_CODE: &str = "AAAA-AAAA-AAAA-AAAA-AAAA-AAA";

/// A user with an authenticator app.
struct Owner {
    /// A session that began with the password and a code.
    client: Client,
    phone: Arc<Authenticator>,
    recovery_codes: Vec<String>,
}

impl Owner {
    async fn new(app: &TestApp) -> Self {
        Self::of(app, &app.user().await).await
    }

    /// The owner of an account that gets a factor now.
    async fn of(app: &TestApp, user: &Client) -> Self {
        let Enrolled { authenticator, recovery_codes } = enrol(app, user).await;
        Self { client: app.sign_in(&user.username).await, phone: authenticator, recovery_codes }
    }

    /// Gives the right password, from a new address.
    async fn challenge(&self, app: &TestApp) -> String {
        challenge(app, &self.client.username).await
    }

    /// Signs in with a wrong code.
    async fn guess(&self, app: &TestApp) -> Response {
        give(app, &self.challenge(app).await, &self.phone.wrong_code()).await
    }

    /// Signs in with a recovery code.
    async fn recover(&self, app: &TestApp, code: &str) -> Response {
        give_recovery_code(app, &self.challenge(app).await, code).await
    }

    /// Gives something in the session, as another authentication.
    async fn again(&self, field: &str, value: &str) -> Response {
        self.client.post(REAUTHENTICATE, json!({ field: value })).await
    }

    /// The client with a token of another authentication, by the next code.
    async fn stepped_up(&self) -> Client {
        let response = self.again("code", &self.phone.next_code()).await;
        assert_eq!(response.status, 200, "{}", response.body);
        self.client.with_token(response.json()["access_token"].as_str().unwrap())
    }
}

/// Gives a code with a challenge, from a new address.
async fn give(app: &TestApp, challenge: &str, code: &str) -> Response {
    app.anon().post(SECOND_FACTOR, json!({ "challenge": challenge, "code": code })).await
}

/// Gives a recovery code with a challenge, from a new address.
async fn give_recovery_code(app: &TestApp, challenge: &str, code: &str) -> Response {
    app.anon().post(SECOND_FACTOR, json!({ "challenge": challenge, "recovery_code": code })).await
}

#[track_caller]
fn assert_wrong(response: &Response, field: &str) {
    assert_eq!(fields(response), [field]);
    assert_eq!(response.json()["errors"][0]["message"], "is wrong");
}

#[track_caller]
fn assert_challenge_invalid(response: &Response) {
    assert!(response.is(401, "challenge_invalid"), "{} {}", response.status, response.body);
}

/// The response's events with this name.
fn events(response: &Response, name: &str) -> Vec<Value> {
    response.events().into_iter().filter(|event| event["event"] == name).collect()
}

/// User, reason and kind of the one code that was refused.
#[track_caller]
fn refusal(response: &Response) -> (Value, Value, Value) {
    let events = events(response, "code_refused");
    let [event] = events.as_slice() else { panic!("{:?}", response.events()) };
    (event["user"].clone(), event["reason"].clone(), event["by"].clone())
}

/// The claims of the client's access token.
fn claims(client: &Client) -> Value {
    Forge::claims(client.token.as_ref().unwrap())
}

/// Long enough for one more guess.
fn wait(app: &TestApp) {
    app.clock.advance(SignedDuration::from_mins(1));
}

/// The number of waiting notices of a kind.
fn notices(app: &TestApp, kind: &str) -> usize {
    let kind = format!(r#""notice":"{kind}""#);
    app.waiting_notices().iter().filter(|job| job.contains(&kind)).count()
}

//! The claims and the row about the user's authentication: its time, and its factors.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use tests::{Client, Forge, Response};

use crate::{Bench, SIGNED_IN};

/// A call that requires a recent authentication and changes nothing: no session has this id.
const RECENT: &str = "/v1/auth/sessions/none";

const CHALLENGE: &str = r#"Bearer error="insufficient_user_authentication", error_description="A recent authentication is required", max_age=300"#;

fn is_recent(what: &str, response: &Response) -> bool {
    if response.status == 204 {
        return true;
    }
    assert!(response.is(401, "reauthentication_required"), "{what}: {} {}", response.status, response.body);
    assert_eq!(response.header("www-authenticate"), CHALLENGE, "{what}");
    false
}

impl Bench {
    /// Whether the token is recent. A good one, in any case.
    async fn is_recent(&self, what: &str, token: &str) -> bool {
        self.accepted(what, token).await;
        is_recent(what, &self.caller.with_token(token).delete(RECENT).await)
    }

    async fn set_session(&self, attribute: &str, value: AttributeValue) {
        self.app.set("sessions", ("id", self.claims["sid"].as_str().unwrap()), attribute, value).await;
    }

    async fn signed_in_at(&self, seconds: i64) {
        self.set_session("created_at", AttributeValue::N((seconds * 1000).to_string())).await;
    }
}

#[tokio::test]
async fn auth_time_is_a_number_that_is_not_after_iat() {
    let bench = Bench::init().await;
    let now = bench.claims["iat"].as_i64().unwrap();
    assert_eq!(bench.claims["auth_time"], json!(now), "a sign-in is an authentication");
    let wrong = ["null", "true", "\"\"", "[]", "{}", "1e400", "-1e400", "NaN", "[1767225600]"];
    let quoted = format!("\"{now}\"");
    for auth_time in wrong.iter().copied().chain([quoted.as_str()]) {
        bench.invalid(auth_time, &bench.with_raw_claim("auth_time", auth_time)).await;
    }
    for (after, text) in [("a second", format!("{}", now + 1)), ("a little", format!("{now}.001"))] {
        bench.invalid(&format!("{after} after iat"), &bench.with_raw_claim("auth_time", &text)).await;
    }
    // The leeway of `iat` makes no authentication later.
    let ahead = [("iat", json!(now + 5)), ("exp", json!(now + 905)), ("auth_time", json!(now + 6))];
    bench.invalid("after an iat in the leeway", &bench.with_claims(&ahead)).await;
    for text in ["0", "-1", "-0.0", "-1e300", "1e-300"] {
        let token = bench.with_raw_claim("auth_time", text);
        assert!(!bench.is_recent(text, &token).await, "{text} is long ago");
    }
    assert!(!bench.is_recent("none", &bench.without_claim("auth_time")).await, "a token of an older version");
}

#[tokio::test]
async fn acr_is_a_text() {
    let bench = Bench::init().await;
    assert_eq!((&bench.claims["acr"], &bench.claims["amr"]), (&json!("1"), &json!(["pwd"])));
    for acr in [json!(null), json!(1), json!(true), json!([]), json!(["mfa"]), json!({ "mfa": "mfa" })] {
        bench.invalid(&format!("acr {acr}"), &bench.with_claim("acr", acr)).await;
    }
    for acr in ["", "0", "1", "mfa", "MFA", "phr"] {
        bench.accepted(acr, &bench.with_claim("acr", json!(acr))).await;
    }
    bench.accepted("none", &bench.without_claim("acr")).await;
    // `amr` is for clients: the API reads `acr`.
    bench.accepted("any amr", &bench.with_claim("amr", json!(7))).await;
}

#[tokio::test]
async fn an_authentication_is_recent_for_300_whole_seconds() {
    let bench = Bench::init().await;
    let now = bench.claims["iat"].as_i64().unwrap();
    bench.signed_in_at(now).await;
    for (auth_time, recent) in [
        (json!(now), true),
        (json!(now - 299), true),
        (json!(now - 300), true),
        (serde_json::from_str(&format!("{}.999", now - 300)).unwrap(), true),
        (serde_json::from_str(&format!("{}.001", now - 301)).unwrap(), false),
        (serde_json::from_str(&format!("{}.999", now - 301)).unwrap(), false),
        (json!(now - 301), false),
    ] {
        let what = format!("auth_time {auth_time}");
        assert_eq!(bench.is_recent(&what, &bench.with_claim("auth_time", auth_time)).await, recent, "{what}");
    }
    let token = bench.caller.token.clone().unwrap();
    bench.app.clock.advance_millis(300_999);
    assert!(bench.is_recent("in the last millisecond", &token).await);
    bench.app.clock.advance_millis(1);
    assert!(!bench.is_recent("after 301 s", &token).await, "there is no leeway");
}

#[tokio::test]
async fn a_token_is_not_younger_than_the_authentication_of_its_session() {
    let bench = Bench::init().await;
    let now = bench.claims["iat"].as_i64().unwrap();
    let token = bench.caller.token.clone().unwrap();
    for (row, recent) in [(now, true), (now + 60, true), (now - 1, false), (now - 301, false), (0, false)] {
        bench.signed_in_at(row).await;
        assert_eq!(bench.is_recent(&format!("{} s", row - now), &token).await, recent, "{} s", row - now);
    }
    // The last authentication counts, whichever it is.
    bench.set_session("reauthenticated_at", AttributeValue::N((now * 1000).to_string())).await;
    assert!(bench.is_recent("authenticated again", &token).await);
    bench.signed_in_at(now).await;
    bench.set_session("reauthenticated_at", AttributeValue::N("1".to_owned())).await;
    assert!(bench.is_recent("signed in after that", &token).await);
    // So does the row's own time of the sign-in, where there is one.
    bench.set_session("authenticated_at", AttributeValue::N(((now - 301) * 1000).to_string())).await;
    assert!(!bench.is_recent("the sign-in was earlier than the session", &token).await);
}

/// The claims of the access token that a refresh gives.
async fn refreshed(caller: &mut Client) -> Value {
    let response = caller.post("/v1/auth/token/refresh", json!({ "refresh_token": caller.refresh_token })).await;
    assert_eq!(response.status, 200, "{}", response.body);
    caller.refresh_token = response.json()["refresh_token"].as_str().unwrap().to_owned();
    Forge::claims(response.json()["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn a_refreshed_token_carries_the_sign_in_of_its_row() {
    let mut bench = Bench::init().await;
    let now = bench.claims["iat"].as_i64().unwrap();
    bench.app.clock.advance_millis(120_000);
    let claims = |claims: &Value| (claims["auth_time"].clone(), claims["acr"].clone(), claims["amr"].clone());
    let of_sign_in = (json!(now), json!("1"), json!(["pwd"]));
    // A row of an older version, as sign-ins of this version write them too.
    for attribute in ["authenticated_at", "amr", "reauthenticated_at", "wrong_passwords", "wrong_password"] {
        bench.app.remove("sessions", ("id", bench.claims["sid"].as_str().unwrap()), attribute).await;
    }
    assert_eq!(claims(&refreshed(&mut bench.caller).await), of_sign_in);
    bench.set_session("reauthenticated_at", AttributeValue::N(((now + 60) * 1000).to_string())).await;
    assert_eq!(claims(&refreshed(&mut bench.caller).await), of_sign_in, "another authentication is not handed out");
    bench.set_session("authenticated_at", AttributeValue::N(((now - 7) * 1000 + 999).to_string())).await;
    bench.set_session("amr", AttributeValue::S("pwd otp mfa".to_owned())).await;
    let of_row = (json!(now - 7), json!("mfa"), json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims(&refreshed(&mut bench.caller).await), of_row);
    // After a clock was set back, the time is that of the token at the latest, so that the token is good.
    bench.set_session("authenticated_at", AttributeValue::N(((now + 900) * 1000).to_string())).await;
    let claims = refreshed(&mut bench.caller).await;
    assert_eq!(claims["auth_time"], claims["iat"]);
}

#[tokio::test]
async fn a_row_that_can_not_be_read_lets_nobody_in() {
    let bench = Bench::init().await;
    let token = bench.caller.token.clone().unwrap();
    let text = || AttributeValue::S("soon".to_owned());
    for (attribute, good) in [
        ("authenticated_at", AttributeValue::N("1".to_owned())),
        ("reauthenticated_at", AttributeValue::N("1".to_owned())),
        ("wrong_passwords", AttributeValue::N("0".to_owned())),
    ] {
        bench.set_session(attribute, text()).await;
        let response = bench.get(&token).await;
        assert!(response.is(500, "internal"), "{attribute}: {} {}", response.status, response.body);
        bench.set_session(attribute, good).await;
        assert_eq!(bench.caller.get(SIGNED_IN).await.status, 200, "{attribute}");
    }
    bench.set_session("amr", AttributeValue::N("1".to_owned())).await;
    assert!(bench.get(&token).await.is(500, "internal"));
}

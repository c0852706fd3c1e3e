use api::Entry;
use auth::{BoxFuture, Level, TotpSecret};
use axum::body::Body;
use axum::http::{Method, Request};
use catalogue::CATALOGUE;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::passkey::{PASSKEY_CHALLENGE, PASSKEY_TOKEN};
use tests::{Callers, Client, Passkey, Response, plain_call};

use crate::fixture::Fixture;

const FIRST: &str = "nine-patient-herons";
const SECOND: &str = "seven-wandering-otters";
const THIRD: &str = "four-humming-lanterns";

/// Asserts the status. Returns the body.
#[track_caller]
pub fn body(response: &Response, status: u16) -> Value {
    assert_eq!(response.status, status, "{}", response.body);
    response.json()
}

/// The operator creates the first superuser, as after a first deployment.
pub async fn the_first_superuser(fixture: &Fixture) -> Client {
    body(&fixture.anon().get("/v1/health").await, 200);
    let document = body(&fixture.anon().get("/openapi.json").await, 200);
    assert_eq!(document["openapi"], "3.1.0");
    for path in ["/docs", "/docs/docs.css"] {
        assert_eq!(fixture.anon().get(path).await.status, 200, "{path}");
    }
    let options = ["create-superuser", "--username", "root", "--email", "root@example.com", "--staff"];
    let created = fixture.admin(&[&options[..], &["--password-stdin"]].concat(), FIRST);
    let subject = format!("users/{}", created["id"].as_str().unwrap());
    let acts = fixture.admin(&["audit", "--subject", &subject], "");
    assert_eq!((acts.as_array().unwrap().len(), &acts[0]["action"]), (1, &json!("user_created")), "{acts}");
    assert!(acts[0]["actor"].as_str().unwrap().starts_with("operator/arn:aws:"), "{acts}");
    let root = fixture.sign_in("root", FIRST).await;
    let keys = body(&fixture.anon().get("/.well-known/jwks.json").await, 200);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
    root
}

pub async fn sign_up(fixture: &Fixture) -> Client {
    let new = json!({ "username": "ada", "email": "ada@example.com", "password": FIRST });
    let created = body(&fixture.anon().post("/v1/users", new.clone()).await, 201);
    assert_eq!(created["email_verified"], false);
    assert!(fixture.anon().post("/v1/users", new).await.is(409, "username_taken"));
    let token = fixture.mailed_token("ada@example.com").await;
    // The job of the refused sign-up finds no account, and does nothing.
    fixture.handle_job("mail_send").await;
    let alone = json!({ "token": token });
    assert!(fixture.anon().post("/v1/auth/verify-email", alone).await.is(403, "token_missing"));
    let proved = json!({ "token": token, "password": FIRST });
    body(&fixture.anon().post("/v1/auth/verify-email", proved.clone()).await, 204);
    // A repeat changes nothing: the client may have lost the first response.
    body(&fixture.anon().post("/v1/auth/verify-email", proved).await, 204);
    let ada = fixture.sign_in("ada@example.com", FIRST).await;
    let me = body(&ada.get("/v1/users/me").await, 200);
    assert_eq!((&me["id"], &me["email_verified"]), (&created["id"], &json!(true)));
    ada
}

/// Another email, which a stranger has who never verified it.
pub async fn change_names(fixture: &Fixture, ada: Client) -> Client {
    let stranger = json!({ "username": "mallory", "email": "countess@example.com", "password": FIRST });
    body(&fixture.anon().post("/v1/users", stranger).await, 201);
    fixture.mailed_token("countess@example.com").await;
    let change = json!({ "first_name": "Ada", "email": "countess@example.com", "current_password": FIRST });
    let changed = body(&ada.patch("/v1/users/me", change).await, 200);
    assert_eq!((&changed["first_name"], &changed["email"]), (&json!("Ada"), &json!("ada@example.com")));
    let token = fixture.mailed_token("countess@example.com").await;
    body(&ada.post("/v1/auth/verify-email", json!({ "token": token })).await, 204);
    assert_eq!(body(&ada.get("/v1/users/me").await, 200)["email"], "countess@example.com");
    fixture.handle_job("user_erase").await;
    ada
}

/// Ends an account that was never verified, as the schedule does.
pub async fn end_unverified(fixture: &Fixture, superuser: &Client) {
    let run = async || assert_eq!(fixture.lambda.run("unverified_end", json!({})).await, Ok(Value::Null));
    let new = json!({ "username": "nobody", "email": "nobody@example.com", "password": FIRST });
    let created = body(&fixture.anon().post("/v1/users", new).await, 201);
    fixture.mailed_token("nobody@example.com").await;
    run().await;
    fixture.mailed_token("nobody@example.com").await;
    fixture.set_number("users", created["id"].as_str().unwrap(), "unverified_at", "1").await;
    run().await;
    fixture.handle_job("user_erase").await;
    let path = format!("/v1/users/{}", created["id"].as_str().unwrap());
    assert!(superuser.get(&path).await.is(404, "not_found"));
}

pub async fn become_staff(fixture: &Fixture, superuser: &Client, ada: Client) -> Client {
    assert!(ada.get("/v1/users").await.is(403, "staff_required"));
    let users = body(&superuser.get("/v1/users").await, 200);
    let id = users.as_array().unwrap().iter().find(|user| user["username"] == "ada").unwrap()["id"].clone();
    let path = format!("/v1/users/{}", id.as_str().unwrap());
    assert_eq!(body(&superuser.get(&path).await, 200)["is_staff"], false);
    assert_eq!(body(&superuser.patch(&path, json!({ "is_staff": true })).await, 200)["is_staff"], true);
    let ada = fixture.sign_in("ada", FIRST).await;
    body(&ada.get("/v1/users").await, 200);
    assert!(ada.patch(&path, json!({ "is_staff": true })).await.is(403, "superuser_required"));
    ada
}

pub async fn refresh_and_end_sessions(fixture: &Fixture, ada: &Client) {
    let refresh =
        async |token: &str| fixture.anon().post("/v1/auth/token/refresh", json!({ "refresh_token": token })).await;
    let first = body(&refresh(&ada.refresh_token).await, 200)["refresh_token"].clone();
    // A second tab presents the same token within 60 s.
    assert_eq!(body(&refresh(&ada.refresh_token).await, 200)["refresh_token"], first);
    let second = body(&refresh(first.as_str().unwrap()).await, 200)["refresh_token"].clone();
    assert!(refresh(&ada.refresh_token).await.is(401, "token_invalid"), "two generations old");
    assert!(refresh(second.as_str().unwrap()).await.is(401, "token_invalid"), "the theft ended the session");

    let (one, other) = (fixture.sign_in("ada", FIRST).await, fixture.sign_in("ada", FIRST).await);
    let sessions = body(&one.get("/v1/auth/sessions").await, 200);
    let id = other.refresh_token.split('.').next().unwrap();
    assert!(sessions.as_array().unwrap().iter().any(|session| session["id"] == id), "{sessions}");
    body(&one.delete(&format!("/v1/auth/sessions/{id}")).await, 204);
    assert!(other.get("/v1/users/me").await.is(401, "token_invalid"));
    let third = fixture.sign_in("ada", FIRST).await;
    let revocation = json!({ "refresh_token": third.refresh_token });
    body(&fixture.anon().post("/v1/auth/token/revoke", revocation).await, 204);
    assert!(third.get("/v1/users/me").await.is(401, "token_invalid"));
    body(&one.delete("/v1/auth/sessions").await, 204);
    assert!(one.get("/v1/users/me").await.is(401, "token_invalid"));
}

pub async fn change_and_reset_the_password(fixture: &Fixture) {
    let ada = fixture.sign_in("ada", FIRST).await;
    let wrong = json!({ "current_password": THIRD, "new_password": SECOND });
    assert!(ada.post("/v1/users/me/password", wrong).await.is(422, "validation_failed"));
    body(&ada.post("/v1/users/me/password", json!({ "current_password": FIRST, "new_password": SECOND })).await, 204);
    let old = json!({ "username": "ada", "password": FIRST });
    assert!(fixture.anon().post("/v1/auth/token", old).await.is(401, "credentials_invalid"));
    body(&fixture.anon().post("/v1/auth/password-reset", json!({ "email": "countess@example.com" })).await, 202);
    let token = fixture.mailed_token("countess@example.com").await;
    let reset = json!({ "token": token, "new_password": THIRD });
    body(&fixture.anon().post("/v1/auth/password-reset/confirm", reset).await, 204);
    assert!(ada.get("/v1/users/me").await.is(401, "token_invalid"));
    fixture.sign_in("ada", THIRD).await;
    // The operator's way, for somebody who can't ask.
    fixture.admin(&["send-reset", "ada"], "");
    fixture.mailed_token("countess@example.com").await;
}

/// The password, and then a code. Returns the answer.
async fn sign_in_with_factor(fixture: &Fixture, field: &str, code: &Value) -> Response {
    let password = json!({ "username": "ada", "password": THIRD });
    let asked = fixture.anon().post("/v1/auth/token", password).await;
    assert!(asked.is(401, "second_factor_required"), "{}", asked.body);
    let second = json!({ "challenge": asked.json()["challenge"], field: code });
    fixture.anon().post("/v1/auth/token/second-factor", second).await
}

/// A first factor, with the code that was mailed, up to its removal.
pub async fn add_and_remove_a_factor(fixture: &Fixture) {
    const FACTORS: &str = "/v1/users/me/factors";
    let ada = fixture.sign_in("ada", THIRD).await;
    let offer = body(&ada.send(Method::POST, FACTORS, None).await, 201);
    let (id, secret) = (offer["id"].as_str().unwrap(), offer["secret"].as_str().unwrap());
    let phone = TotpSecret::from_base32(secret).unwrap();
    // Each step counts once, and one early or late is accepted. So nobody waits for the next step.
    let code = |steps: i64| json!(phone.code_at((Timestamp::now().as_second() / 30 + steps).unsigned_abs()));
    let mailed = fixture.mailed_code("countess@example.com").await;
    let confirm = async || {
        let codes = json!({ "code": code(-1), "mailed_code": mailed });
        ada.post(&format!("{FACTORS}/{id}/confirm"), codes).await
    };
    let mut confirmed = confirm().await;
    if confirmed.status == 422 {
        // The step ended on the way.
        confirmed = confirm().await;
    }
    let old = body(&confirmed, 200)["recovery_codes"].clone();
    assert!(ada.get("/v1/users/me").await.is(401, "token_invalid"), "all sessions ended");

    let tokens = body(&sign_in_with_factor(fixture, "code", &code(0)).await, 200);
    let ada = fixture.anon().with_token(tokens["access_token"].as_str().unwrap());
    let again = body(&ada.post("/v1/auth/reauthenticate", json!({ "code": code(1) })).await, 200);
    let ada = ada.with_token(again["access_token"].as_str().unwrap());
    let new = body(&ada.send(Method::POST, "/v1/users/me/recovery-codes", None).await, 201)["recovery_codes"].clone();
    let factors = body(&ada.get(FACTORS).await, 200);
    assert_eq!((&factors["factors"][0]["id"], &factors["recovery_codes"]), (&json!(id), &json!(10)));
    assert_eq!(sign_in_with_factor(fixture, "recovery_code", &old[0]).await.status, 422);
    body(&sign_in_with_factor(fixture, "recovery_code", &new[0]).await, 200);
    body(&ada.post("/v1/auth/reauthenticate", json!({ "recovery_code": new[1] })).await, 200);
    add_and_remove_a_passkey(fixture, &ada).await;
    let tokens = body(&sign_in_with_factor(fixture, "recovery_code", &new[2]).await, 200);
    let ada = fixture.anon().with_token(tokens["access_token"].as_str().unwrap());
    body(&ada.delete(&format!("{FACTORS}/{id}")).await, 204);
    fixture.sign_in("ada", THIRD).await;
}

/// A passkey beside the app. Its removal ends all sessions.
async fn add_and_remove_a_passkey(fixture: &Fixture, ada: &Client) {
    let passkey = Passkey::add(ada).await;
    let response = async || {
        let options = fixture.anon().send(Method::POST, PASSKEY_CHALLENGE, None).await;
        passkey.respond(&body(&options, 200))
    };
    let alone = json!({ "credential": response().await });
    body(&fixture.anon().post(PASSKEY_TOKEN, alone).await, 200);
    body(&sign_in_with_factor(fixture, "passkey", &response().await).await, 200);
    body(&ada.delete(&format!("/v1/users/me/factors/{}", passkey.factor)).await, 204);
    assert!(ada.get("/v1/users/me").await.is(401, "token_invalid"), "all sessions ended");
}

/// Rotates the key, as the schedule does. A signer that starts afterwards uses the new key. Older tokens stay valid.
pub async fn rotate_the_key(fixture: &Fixture, superuser: &Client) {
    assert_eq!(fixture.lambda.run("key_rotate", json!({ "source": "aws.events" })).await, Ok(Value::Null));
    fixture.lambda.recycle("tokens_issue").await;
    let later = fixture.sign_in("ada", THIRD).await;
    body(&later.get("/v1/users/me").await, 200);
    body(&superuser.get("/v1/users/me").await, 200);
    let keys = body(&fixture.anon().get("/.well-known/jwks.json").await, 200);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "{keys}");
}

pub async fn be_refused(fixture: &Fixture) {
    assert!(fixture.anon().get("/v1/users/me").await.is(403, "token_missing"));
    assert!(fixture.anon().with_token("not.a.token").get("/v1/users/me").await.is(401, "token_invalid"));
    let (caller, unknown) = (fixture.anon(), json!({ "token": "x", "password": FIRST }));
    for _ in 0..10 {
        assert_eq!(caller.post("/v1/auth/verify-email", unknown.clone()).await.status, 422);
    }
    assert!(caller.post("/v1/auth/verify-email", unknown.clone()).await.is(429, "rate_limited"));
    // Behind a CDN that sends the stack's secret, limits count the viewer, not the CDN.
    let secret = &fixture.stack.function("email_verify").environment["EDGE_SECRET"];
    for viewer in 0..2 {
        let request = Request::post("/v1/auth/verify-email").header("content-type", "application/json");
        let request = request.header(api::TrustedProxy::SECRET, secret);
        let request = request.header(api::TrustedProxy::VIEWER, format!("198.51.100.{viewer}:4711"));
        assert_eq!(caller.request(request.body(Body::from(unknown.to_string())).unwrap()).await.status, 422);
    }
}

/// The superuser gives the password again, and reads who listed the accounts.
pub async fn read_the_audit(fixture: &Fixture, superuser: &Client) {
    let again = body(&superuser.post("/v1/auth/reauthenticate", json!({ "password": FIRST })).await, 200);
    let recent = superuser.with_token(again["access_token"].as_str().unwrap());
    let acts = body(&recent.get("/v1/audit?subject=users").await, 200);
    assert_eq!(acts[0]["action"], "users_listed", "{acts}");
    let actor = acts[0]["actor"].as_str().unwrap();
    let acts = body(&recent.get(&format!("/v1/audit?actor={actor}")).await, 200);
    assert!(acts.as_array().unwrap().iter().any(|act| act["subject"] == "users"), "{acts}");
    let another = fixture.sign_in("root", FIRST).await;
    body(&another.delete("/v1/auth/sessions/current").await, 204);
    assert!(another.get("/v1/users/me").await.is(401, "token_invalid"));
}

/// Staff invite somebody whose address a stranger has who never verified it. The operator invites, too.
pub async fn invite(fixture: &Fixture, superuser: &Client) {
    let stranger = json!({ "username": "trudy", "email": "ida@example.com", "password": FIRST });
    body(&fixture.anon().post("/v1/users", stranger).await, 201);
    fixture.mailed_token("ida@example.com").await;
    let again = body(&superuser.post("/v1/auth/reauthenticate", json!({ "password": FIRST })).await, 200);
    let staff = superuser.with_token(again["access_token"].as_str().unwrap());
    let invitation = json!({ "email": "ida@example.com", "role": "staff" });
    let invited = body(&staff.post("/v1/invitations", invitation).await, 202);
    assert_eq!(body(&staff.get("/v1/invitations").await, 200)[0]["id"], invited["id"]);
    let token = fixture.mailed_token("ida@example.com").await;
    let accept = json!({ "token": token, "username": "ida", "password": FIRST });
    let made = body(&fixture.anon().post("/v1/invitations/accept", accept).await, 201);
    assert_eq!((&made["id"], &made["is_staff"]), (&invited["id"], &json!(false)));
    fixture.handle_job("user_erase").await;
    fixture.admin(&["invite", "eve@example.com"], "");
    fixture.mailed_token("eve@example.com").await;
    let open = body(&staff.get("/v1/invitations").await, 200);
    body(&staff.delete(&format!("/v1/invitations/{}", open[0]["id"].as_str().unwrap())).await, 204);
    assert_eq!(body(&staff.get("/v1/invitations").await, 200), json!([]));
}

pub async fn be_erased(fixture: &Fixture, superuser: &Client) {
    let ada = fixture.sign_in("ada", THIRD).await;
    body(&ada.post("/v1/users/me/erase", json!({ "password": THIRD })).await, 202);
    assert!(ada.get("/v1/users/me").await.is(401, "token_invalid"));
    fixture.handle_job("user_erase").await;
    let users = body(&superuser.get("/v1/users").await, 200);
    let names: Vec<_> = users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert!(!names.contains(&"ada"), "{names:?}");
    // The name is free again.
    let new = json!({ "username": "ada", "email": "ada@example.com", "password": FIRST });
    body(&fixture.anon().post("/v1/users", new).await, 201);
}

/// The callers of good calls. The superuser is staff, too.
struct Signed<'a> {
    fixture: &'a Fixture,
    user: &'a Client,
    superuser: &'a Client,
}

impl Callers for Signed<'_> {
    fn admitted(&self, level: Level) -> BoxFuture<'_, Client> {
        Box::pin(async move {
            match level {
                Level::Public | Level::Maybe => self.fixture.anon(),
                Level::Authenticated => self.user.clone(),
                Level::Staff | Level::Superuser => self.superuser.clone(),
                Level::Agent => panic!("no endpoint of the catalogue is for service keys alone"),
            }
        })
    }
}

/// Calls every endpoint that the story does not call, with its good call. So the user has data of every kind, which go
/// with the account.
pub async fn call_the_rest(fixture: &Fixture, superuser: &Client) {
    let user = &fixture.sign_in("ada", THIRD).await;
    let callers = Signed { fixture, user, superuser };
    let called = fixture.lambda.peaks().await;
    let rest = |entry: &&Entry| !called.contains_key(entry.name) && entry.name != "users_me_erase";
    for entry in CATALOGUE.iter().filter(rest) {
        let client = callers.admitted(entry.level).await;
        let (path, request, success) = plain_call(entry, &client, &callers).await;
        body(&client.call(entry.route, &path, request).await, success);
    }
}

//! The live check: the current user, roles and session decide, not the ones at the time of the token.

use auth::{
    AccountState, AccountStates, BoxFuture, Clock, Guard, Roles, SessionId, SignedIn, SourceError, User, UserId,
};
use aws_sdk_dynamodb::types::AttributeValue;
use identity::{SigningKeys, StoredAccountStates, Users};
use serde_json::{Value, json};
use tests::{Client, Fault, Forge, Response, SEED, TestApp, permit};
use uuid::Uuid;

use crate::{Bench, SIGNED_IN, assert_invalid, assert_unavailable};

fn session_of(caller: &Client) -> String {
    Forge::claims(caller.token.as_ref().unwrap())["sid"].as_str().unwrap().to_owned()
}

async fn set_user(app: &TestApp, caller: &Client, attribute: &str, value: AttributeValue) {
    app.set("users", ("id", &caller.id.to_string()), attribute, value).await;
}

async fn set_session(app: &TestApp, caller: &Client, attribute: &str, number: i64) {
    app.set("sessions", ("id", &session_of(caller)), attribute, AttributeValue::N(number.to_string())).await;
}

async fn delete(app: &TestApp, table: &str, id: String) {
    let delete = app.database.delete_item().table_name(format!("{}{table}", app.prefix));
    delete.key("id", AttributeValue::S(id)).send().await.unwrap();
}

/// A staff-only call.
async fn staff_only(caller: &Client) -> Response {
    caller.get(&format!("/v1/users/{}", caller.id)).await
}

/// A superuser-only call. No user has this id.
async fn superuser_only(caller: &Client) -> Response {
    caller.patch(&format!("/v1/users/{}", Uuid::nil()), json!({ "is_staff": false })).await
}

fn assert_forbidden(what: &str, response: &Response, code: &str) {
    assert!(response.is(403, code), "{what}: {} {}", response.status, response.body);
    assert_eq!(response.header("www-authenticate"), "", "{what}");
}

#[tokio::test]
async fn an_inactive_user_is_out_at_once() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    set_user(&app, &staff, "is_active", AttributeValue::Bool(false)).await;
    assert_invalid("signed in", &staff.get(SIGNED_IN).await);
    assert_invalid("staff", &staff_only(&staff).await);
    let refresh = json!({ "refresh_token": staff.refresh_token });
    assert_invalid("refresh", &app.anon().post("/v1/auth/token/refresh", refresh).await);
    set_user(&app, &staff, "is_active", AttributeValue::Bool(true)).await;
    assert_eq!(staff_only(&staff).await.status, 200, "the token was good before");
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_gone_at_once() {
    let app = TestApp::init().await;
    let both = app.with_roles(Roles { is_staff: true, is_superuser: true }).await;
    assert_eq!(staff_only(&both).await.status, 200);
    assert!(superuser_only(&both).await.is(404, "not_found"));

    set_user(&app, &both, "is_staff", AttributeValue::Bool(false)).await;
    assert_forbidden("no longer staff", &staff_only(&both).await, "staff_required");
    assert!(superuser_only(&both).await.is(404, "not_found"), "still a superuser");
    set_user(&app, &both, "is_superuser", AttributeValue::Bool(false)).await;
    assert_forbidden("no longer superuser", &superuser_only(&both).await, "superuser_required");
    assert_eq!(both.get(SIGNED_IN).await.status, 200, "still a user");
}

#[tokio::test]
async fn a_role_that_was_given_needs_a_new_token() {
    let app = TestApp::init().await;
    let user = app.user().await;
    set_user(&app, &user, "is_staff", AttributeValue::Bool(true)).await;
    assert_forbidden("the token does not claim the role", &staff_only(&user).await, "staff_required");
    let anew = app.sign_in(&user.username).await;
    assert_eq!(staff_only(&anew).await.status, 200);
}

#[tokio::test]
async fn neither_role_implies_the_other() {
    let app = TestApp::init().await;
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    assert_eq!(staff_only(&staff).await.status, 200);
    assert_forbidden("staff", &superuser_only(&staff).await, "superuser_required");
    assert!(superuser_only(&superuser).await.is(404, "not_found"));
    assert_forbidden("superuser", &staff_only(&superuser).await, "staff_required");

    // A role only on record does not count, nor does a role only in forged claims.
    set_user(&app, &staff, "is_superuser", AttributeValue::Bool(true)).await;
    assert_forbidden("only on record", &superuser_only(&staff).await, "superuser_required");
    let (forge, mut claims) = (Forge::new(SEED), Forge::claims(superuser.token.as_ref().unwrap()));
    claims["is_staff"] = json!(true);
    let boaster = superuser.with_token(forge.sign(&forge.header(), &claims));
    assert_forbidden("only in the claims", &staff_only(&boaster).await, "staff_required");
}

#[tokio::test]
async fn a_session_that_ended_takes_its_tokens_along() {
    let app = TestApp::init().await;
    let now = app.clock.now();
    for (what, attribute, number) in [
        ("revoked", "revoked_at", now.as_millisecond()),
        ("expired now", "expires_at", now.as_second()),
        ("expired long ago, not yet removed", "expires_at", now.as_second() - 3600),
        ("of another epoch", "epoch", 7),
    ] {
        let (ended, other) = (app.user().await, app.user().await);
        let sibling = app.sign_in(&ended.username).await;
        assert_eq!(ended.get(SIGNED_IN).await.status, 200);
        set_session(&app, &ended, attribute, number).await;
        assert_invalid(what, &ended.get(SIGNED_IN).await);
        let refresh = json!({ "refresh_token": ended.refresh_token });
        assert_invalid(what, &app.anon().post("/v1/auth/token/refresh", refresh).await);
        assert_eq!(sibling.get(SIGNED_IN).await.status, 200, "{what}: the user's other session lives");
        assert_eq!(other.get(SIGNED_IN).await.status, 200, "{what}: so do other users'");
    }
    let user = app.user().await;
    set_session(&app, &user, "expires_at", now.as_second() + 1).await;
    assert_eq!(user.get(SIGNED_IN).await.status, 200, "not yet");
    app.clock.advance_millis(1000);
    assert_invalid("now", &user.get(SIGNED_IN).await);
}

#[tokio::test]
async fn a_raised_epoch_ends_all_sessions() {
    let app = TestApp::init().await;
    let first = app.staff().await;
    let second = app.sign_in(&first.username).await;
    set_user(&app, &first, "epoch", AttributeValue::N("1".to_owned())).await;
    for old in [&first, &second] {
        assert_invalid("signed in", &old.get(SIGNED_IN).await);
        assert_invalid("staff", &staff_only(old).await);
        let refresh = json!({ "refresh_token": old.refresh_token });
        assert_invalid("refresh", &app.anon().post("/v1/auth/token/refresh", refresh).await);
    }
    let third = app.sign_in(&first.username).await;
    assert_eq!(third.get(SIGNED_IN).await.status, 200, "a new session is of the new epoch");
}

#[tokio::test]
async fn user_and_session_must_exist_and_belong_together() {
    let bench = Bench::init().await;
    let (app, other) = (&bench.app, bench.app.user().await);
    bench.invalid("another user's session", &bench.with_claim("sid", json!(session_of(&other)))).await;
    bench.invalid("another user with this session", &bench.with_claim("sub", json!(other.id))).await;
    let nobody = json!("0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000");
    bench.invalid("a session that never was", &bench.with_claim("sid", nobody.clone())).await;
    bench.invalid("a user who never was", &bench.with_claim("sub", nobody)).await;
    bench.invalid("a user's id as session", &bench.with_claim("sid", json!(bench.caller.id))).await;

    delete(app, "users", bench.caller.id.to_string()).await;
    assert_invalid("user deleted", &bench.caller.get(SIGNED_IN).await);
    let refresh = json!({ "refresh_token": bench.caller.refresh_token });
    assert_invalid("refresh", &app.anon().post("/v1/auth/token/refresh", refresh).await);
    delete(app, "sessions", session_of(&other)).await;
    assert_invalid("session deleted", &other.get(SIGNED_IN).await);
}

#[tokio::test]
async fn claims_without_the_level_are_refused_without_a_read() {
    let app = TestApp::init().await;
    let (user, staff) = (app.user().await, app.staff().await);
    // Both functions read the key, and remember it.
    assert_eq!((staff_only(&user).await.status, superuser_only(&user).await.status), (403, 403));
    for caller in [&user, &staff] {
        set_session(&app, caller, "revoked_at", 1).await;
        set_user(&app, caller, "is_active", AttributeValue::Bool(false)).await;
    }
    app.dynamo.take_calls();
    assert_forbidden("user", &staff_only(&user).await, "staff_required");
    assert_forbidden("user", &superuser_only(&user).await, "superuser_required");
    assert_forbidden("staff", &superuser_only(&staff).await, "superuser_required");
    let calls = app.dynamo.take_calls();
    assert!(calls.is_empty(), "the key is known, and nothing else is needed: {calls:?}");

    // With the level in the claims, one call reads the user and the session, and the session decides.
    assert_invalid("staff", &staff_only(&staff).await);
    let calls = app.dynamo.take_calls();
    let [call] = &calls[..] else { panic!("{calls:?}") };
    assert!(call.is("BatchGetItem", "users") && call.is("BatchGetItem", "sessions"), "{call:?}");
    let tables = call.body["RequestItems"].as_object().unwrap();
    assert!(tables.len() == 2 && tables.values().all(|table| table["ConsistentRead"] == true), "{call:?}");
}

#[tokio::test]
async fn a_bad_token_causes_no_read() {
    let bench = Bench::init().await;
    bench.app.dynamo.take_calls();
    bench.invalid("aud", &bench.with_claim("aud", json!("other"))).await;
    bench.expired("exp", &bench.with_claim("exp", json!(1))).await;
    bench.invalid("signature", &format!("{}A", bench.caller.token.as_ref().unwrap())).await;
    let calls = bench.app.dynamo.take_calls();
    assert!(calls.is_empty(), "{calls:?}");
}

/// Leaves all keys of a BatchGetItem unprocessed.
fn unprocessed(wanted: &Value) -> Fault {
    Fault::Respond(json!({ "Responses": {}, "UnprocessedKeys": wanted }))
}

#[tokio::test]
async fn unprocessed_keys_are_not_absent_ones() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let batch_gets = || app.dynamo.take_calls().iter().filter(|call| call.operation == "BatchGetItem").count();

    app.dynamo.fault(|call| (call.operation == "BatchGetItem").then(|| unprocessed(&call.body["RequestItems"])));
    batch_gets();
    assert_unavailable("forever", &staff.get(SIGNED_IN).await);
    assert!(batch_gets() > 1, "the read was tried again");
    assert_unavailable("forever", &staff_only(&staff).await);

    // A response without the session is incomplete.
    let user = json!({ "id": { "S": staff.id }, "is_active": { "BOOL": true }, "is_staff": { "BOOL": true },
        "is_superuser": { "BOOL": false }, "epoch": { "N": "0" }, "username": { "S": "a" }, "email": { "S": "a@b.c" },
        "email_verified": { "BOOL": true }, "first_name": { "S": "" }, "last_name": { "S": "" },
        "password_hash": { "S": "" }, "email_epoch": { "N": "0" } });
    let (users, sessions) = (format!("{}users", app.prefix), format!("{}sessions", app.prefix));
    let half = move |wanted: &Value| {
        let rest = json!({ &sessions: wanted[&sessions] });
        Fault::Respond(json!({ "Responses": { &users: [user] }, "UnprocessedKeys": rest }))
    };
    let again = half.clone();
    app.dynamo.fault(move |call| {
        let wanted = (call.operation == "BatchGetItem").then(|| &call.body["RequestItems"])?;
        Some(if call.is("BatchGetItem", "users") { half(wanted) } else { unprocessed(wanted) })
    });
    assert_unavailable("the session forever", &staff_only(&staff).await);

    for (what, mut first) in [
        ("all", Some(Box::new(unprocessed) as Box<dyn Fn(&Value) -> Fault + Send>)),
        ("the session", Some(Box::new(again) as Box<dyn Fn(&Value) -> Fault + Send>)),
    ] {
        batch_gets();
        app.dynamo.fault(move |call| {
            let wanted = (call.operation == "BatchGetItem").then(|| &call.body["RequestItems"])?;
            first.take().map(|fault| fault(wanted))
        });
        let response = staff.get(SIGNED_IN).await;
        assert_eq!(response.status, 200, "{what} once: {}", response.body);
        assert_eq!(batch_gets(), 2, "{what}");
    }
}

/// A store that keeps no record, such as one of another program.
struct Forgetful(StoredAccountStates);

impl AccountStates for Forgetful {
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>> {
        Box::pin(async move { Ok(AccountState { record: None, ..self.0.read(user, session).await? }) })
    }
}

async fn admitted(app: &TestApp, caller: &Client, accounts: impl AccountStates + 'static) -> User {
    let keys = SigningKeys::new(app.context.db(&permit()));
    let guard = Guard::new(keys, accounts, app.settings.tokens.clone());
    let bearer = format!("Bearer {}", caller.token.as_ref().unwrap());
    guard.admit::<SignedIn>(&[&bearer], app.clock.now()).await.unwrap()
}

#[tokio::test]
async fn an_account_is_read_again_only_where_the_guard_kept_none() {
    let app = TestApp::init().await;
    let (caller, users) = (app.user().await, app.part::<Users>());
    let accounts = || StoredAccountStates::new(app.context.db(&permit()));
    let users_of = [admitted(&app, &caller, accounts()).await, admitted(&app, &caller, Forgetful(accounts())).await];
    set_user(&app, &caller, "first_name", AttributeValue::S("Ada".to_owned())).await;
    app.dynamo.take_calls();
    for (user, name, calls) in [(&users_of[0], "", 0), (&users_of[1], "Ada", 1)] {
        assert_eq!(users.me(user).await.unwrap().profile.first_name, name);
        assert_eq!(app.dynamo.take_calls().len(), calls, "{name}");
        assert_eq!(users.me_now(user).await.unwrap().profile.first_name, "Ada");
        assert_eq!(app.dynamo.take_calls().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_live_check_that_fails_is_a_503() {
    let app = TestApp::init().await;
    let user = app.user().await;
    for fault in [
        Fault::Refuse("ThrottlingException"),
        Fault::Refuse("ProvisionedThroughputExceededException"),
        Fault::Refuse("InternalServerError"),
        Fault::Hang,
    ] {
        let what = format!("{fault:?}");
        app.dynamo.fault(move |call| (call.operation == "BatchGetItem").then(|| fault.clone()));
        assert_unavailable(&what, &user.get(SIGNED_IN).await);
    }
    app.dynamo.heal();
    assert_eq!(user.get(SIGNED_IN).await.status, 200);
}

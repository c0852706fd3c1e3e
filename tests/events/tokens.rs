//! Refused tokens, and missing roles.

use std::collections::HashMap;

use auth::{AgentState, ClientId, Clock, Scope, Scopes, SessionId, UserId};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::probes::{Probe, Probes, Write, agent};
use tests::{Client, Fault, Forge, Response, SEED, TestApp};

use crate::{Refusal, SIGNED_IN, Seen, refresh, seconds};

pub async fn seen() -> Seen<Refusal> {
    let app = TestApp::init().await;
    let all = [forged(&app).await, ended(&app).await, refreshed(&app).await, roles(&app).await, probed(&app).await];
    [all.concat(), revoked_key(&app).await].concat()
}

/// Tokens with a single fault.
async fn forged(app: &TestApp) -> Seen<Refusal> {
    let caller = app.user().await;
    let (forge, stranger) = (Forge::new(SEED), Forge::new(&"07".repeat(32)));
    let (header, claims) = (forge.header(), Forge::claims(caller.token.as_ref().unwrap()));
    let now = claims["iat"].as_i64().unwrap();
    let with_header = |name: &str, value: Value| {
        let mut changed = header.clone();
        changed[name] = value;
        forge.sign(&changed, &claims)
    };
    let with = |changes: Value| {
        let mut changed = claims.clone();
        changed.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        forge.sign(&header, &changed)
    };
    let (nobody, no_session) =
        (UserId::nobody(), SessionId::new(app.clock.now(), &auth::OsEntropy).unwrap().to_string());
    let tokens = [
        ("malformed", "not.a.token".to_owned()),
        ("algorithm", with_header("alg", json!("none"))),
        ("type", with_header("typ", json!("JWT"))),
        ("critical_extension", with_header("crit", json!([]))),
        ("unknown_key", stranger.sign(&stranger.header(), &claims)),
        ("signature", stranger.sign(&header, &claims)),
        ("issuer", with(json!({ "iss": "other" }))),
        ("audience", with(json!({ "aud": "other" }))),
        ("not_yet_valid", with(json!({ "nbf": now + 6 }))),
        ("issued_in_future", with(json!({ "iat": now + 6 }))),
        ("lifetime", with(json!({ "exp": now + 901 }))),
        ("holder", with(json!({ "client_id": nobody }))),
        ("auth_time", with(json!({ "auth_time": now + 1 }))),
        ("expired", with(json!({ "iat": now - 905, "auth_time": now - 905, "exp": now - 5 }))),
        ("user_unknown", with(json!({ "sub": nobody }))),
        ("session_unknown", with(json!({ "sid": no_session }))),
    ];
    let mut seen = vec![(("token_refused", "missing"), app.anon().get(SIGNED_IN).await)];
    for (reason, token) in tokens {
        seen.push((("token_refused", reason), caller.with_token(token).get(SIGNED_IN).await));
    }
    seen
}

/// Valid tokens whose user or session has changed since.
async fn ended(app: &TestApp) -> Seen<Refusal> {
    let (inactive, signed_out, older) = (app.user().await, app.user().await, app.user().await);
    let id = inactive.id.to_string();
    app.set("users", ("id", &id), "is_active", AttributeValue::Bool(false)).await;
    let body = json!({ "refresh_token": signed_out.refresh_token });
    assert_eq!(signed_out.post("/v1/auth/token/revoke", body).await.status, 204);
    let id = older.id.to_string();
    app.set("users", ("id", &id), "epoch", AttributeValue::N("1".to_owned())).await;
    vec![
        (("token_refused", "user_inactive"), inactive.get(SIGNED_IN).await),
        (("token_refused", "session_revoked"), signed_out.get(SIGNED_IN).await),
        (("token_refused", "session_epoch"), older.get(SIGNED_IN).await),
    ]
}

async fn refreshed(app: &TestApp) -> Seen<Refusal> {
    let (user, other) = (app.user().await, app.user().await);
    let (id, rest) = (user.refresh_token.split('.').next().unwrap(), other.refresh_token.split_once('.').unwrap().1);
    let foreign = refresh(&user, &format!("{id}.{rest}")).await;
    assert_eq!(refresh(&user, &user.refresh_token).await.status, 200);
    seconds(app, 61);
    vec![
        (("token_refused", "refresh_secret"), foreign),
        (("token_refused", "refresh_reused"), refresh(&user, &user.refresh_token).await),
    ]
}

async fn roles(app: &TestApp) -> Seen<Refusal> {
    let (user, superuser) = (app.user().await, app.superuser().await);
    let path = format!("/v1/users/{}", user.id);
    let promote = async |by: &Client| by.patch(&path, json!({ "is_staff": true })).await;
    let mut seen = vec![
        (("role_refused", "staff_required"), user.get(&path).await),
        (("role_refused", "superuser_required"), promote(&user).await),
    ];
    // The guard admits the call, and the transaction finds that the caller is not a superuser any more.
    app.dynamo.fault(|call| {
        let cancelled = json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "CancellationReasons": [{ "Code": "None" }, { "Code": "ConditionalCheckFailed" }],
        });
        (call.operation == "TransactWriteItems").then_some(Fault::Fail(cancelled))
    });
    seen.push((("role_refused", "demoted_meanwhile"), promote(&superuser).await));
    app.dynamo.heal();
    seen
}

/// Refusals that only levels have which no endpoint of the catalogue has, and those of service keys.
async fn probed(app: &TestApp) -> Seen<Refusal> {
    let new = || ClientId::new(app.clock.now(), &auth::OsEntropy).unwrap();
    let (good, revoked) = (new(), new());
    let state = |revoked| AgentState { scopes: Scopes::parse(Write::NAME), revoked, expires_at: Timestamp::MAX };
    let probes = Probes::new(app, HashMap::from([(good, state(false)), (revoked, state(true))]));
    let (staff, superuser) = (app.staff().await, app.superuser().await);
    let agent = |id| agent(app, id, Write::NAME);
    let mut seen = Vec::new();
    for (refusal, probe, caller) in [
        (("role_refused", "user_required"), Probe::RecentStaff, &agent(good)),
        (("role_refused", "scope_required"), Probe::Scoped, &superuser),
        (("token_refused", "agent_unknown"), Probe::Scoped, &agent(new())),
        (("token_refused", "agent_revoked"), Probe::Either, &agent(revoked)),
        (("reauthentication_required", "without_factor"), Probe::Factor, &staff),
    ] {
        seen.push((refusal, probes.call(probe, caller).await));
    }
    seconds(app, 301);
    let path = format!("/v1/users/{}", staff.id);
    seen.push((("reauthentication_required", "not_recent"), superuser.patch(&path, json!({})).await));
    seen
}

/// Runs last, because no token can be signed with this key afterwards.
async fn revoked_key(app: &TestApp) -> Seen<Refusal> {
    let user = app.user().await;
    revoke_key(app).await;
    let response: Response = app.second_process().anon_like(&user).get(SIGNED_IN).await;
    vec![(("token_refused", "revoked_key"), response)]
}

pub async fn revoke_key(app: &TestApp) {
    let now = AttributeValue::N(app.clock.now().as_millisecond().to_string());
    app.set("signing_keys", ("kid", Forge::new(SEED).kid()), "revoked_at", now).await;
}

//! Failures on the server's side.

use std::collections::HashMap;

use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Call, Fault, PASSWORD, Response, TestApp};

use crate::tokens::revoke_key;
use crate::{Refusal, Seen, TOKEN, sign_in};

/// A public endpoint that reads a table.
const PUBLIC: &str = "/.well-known/jwks.json";

pub async fn seen() -> Seen<Refusal> {
    let (database, others, deadline) = tokio::join!(database(), others(), deadline());
    [database, others, vec![(("unavailable", "deadline"), deadline)]].concat()
}

async fn database() -> Seen<Refusal> {
    let app = TestApp::init().await;
    let while_refused = async |operation: &'static str, code: &'static str| {
        app.dynamo.fault(move |call| (call.operation == operation).then_some(Fault::Refuse(code)));
    };
    let mut seen = Vec::new();
    for (refusal, code) in [
        (("unavailable", "database_throttled"), "ThrottlingException"),
        (("unavailable", "database"), "InternalServerError"),
        (("failed", "database_refused"), "AccessDeniedException"),
    ] {
        while_refused("Scan", code).await;
        seen.push((refusal, app.anon().get(PUBLIC).await));
    }
    while_refused("UpdateItem", "InternalServerError").await;
    seen.push((("unavailable", "limiter"), app.anon().post(TOKEN, json!({})).await));
    app.dynamo.heal();
    let user = app.user().await;
    app.set("users", ("id", &user.id.to_string()), "first_name", AttributeValue::Bool(true)).await;
    seen.push((("failed", "corrupt_item"), user.get("/v1/users/me").await));
    seen
}

async fn others() -> Seen<Refusal> {
    let app = TestApp::init().await;
    app.create_user("ada", "ada@example.com", Roles::default()).await;
    // A file in place of the spool's directory.
    std::fs::write(app.seed_file.with_file_name("jobs"), "").unwrap();
    let reset = app.anon().post("/v1/auth/password-reset", json!({ "email": "ada@example.com" })).await;
    let seed = std::fs::read_to_string(&app.seed_file).unwrap();
    std::fs::remove_file(&app.seed_file).unwrap();
    let no_seed = sign_in(&app.anon(), "ada", PASSWORD).await;
    std::fs::write(&app.seed_file, "no seed").unwrap();
    let bad_seed = sign_in(&app.anon(), "ada", PASSWORD).await;
    std::fs::write(&app.seed_file, seed).unwrap();
    app.sign_in("ada").await;
    let grace = app.create_user("grace", "grace@example.com", Roles::default()).await.to_string();
    app.set("users", ("id", &grace), "password_hash", AttributeValue::S("no hash".to_owned())).await;
    let no_hash = sign_in(&app.anon(), "grace", PASSWORD).await;
    revoke_key(&app).await;
    let revoked = sign_in(&app.second_process().anon(), "ada", PASSWORD).await;
    vec![
        (("unavailable", "queue"), reset),
        (("unavailable", "seed"), no_seed),
        (("unavailable", "seed"), bad_seed),
        (("failed", "internal"), no_hash),
        (("unavailable", "key_revoked"), revoked),
    ]
}

/// Makes each of three calls to the database succeed at the third try. Together they exceed the request's deadline.
async fn deadline() -> Response {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    let mut tries: HashMap<String, u32> = HashMap::new();
    app.dynamo.fault(move |call: &Call| {
        let tried = tries.entry(format!("{} {}", call.operation, call.body)).or_default();
        *tried += 1;
        (*tried < 3).then_some(Fault::Hang)
    });
    staff.get(&format!("/v1/users/{}", staff.id)).await
}

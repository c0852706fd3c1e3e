//! The email of an account that gets a second factor.

use serde_json::{Value, json};
use tests::{TestApp, enrol};

use crate::pending_email::ask;
use crate::{ME, fields, verify};

#[tokio::test]
async fn an_email_that_a_thief_asked_for_before_the_factor_is_dropped() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let thief = app.sign_in(&user.username).await;
    ask(&app, &thief, "thief@example.com").await;
    let token = app.mailed_token("thief@example.com").await;
    enrol(&app, &app.sign_in(&user.username).await).await;
    let refused = verify(&app, &token).await;
    assert!(refused.is(401, "second_factor_required"), "{} {}", refused.status, refused.body);
    let owner = app.sign_in(&user.username).await;
    assert_eq!(owner.get(ME).await.json()["pending_email"], Value::Null);
    assert_eq!(fields(&owner.post("/v1/auth/verify-email", json!({ "token": token })).await), ["token"]);
}

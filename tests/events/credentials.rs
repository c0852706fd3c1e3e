//! Refused passwords and mailed tokens.

use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{PASSWORD, TestApp};

use crate::{PASSWORD_CHANGE, Refusal, Seen, WRONG, sign_in};

pub async fn seen() -> Seen<Refusal> {
    let app = TestApp::init().await;
    let user = app.user().await;
    let inactive = app.create_user("ada", "ada@example.com", Roles::default()).await.to_string();
    app.set("users", ("id", &inactive), "is_active", AttributeValue::Bool(false)).await;
    let change = json!({ "current_password": WRONG, "new_password": "nine-patient-herons" });
    let verify = app.anon().post("/v1/auth/verify-email", json!({ "token": "x", "password": PASSWORD })).await;
    vec![
        (("sign_in_failed", "account_unknown"), sign_in(&app.anon(), "nobody", WRONG).await),
        (("sign_in_failed", "account_inactive"), sign_in(&app.anon(), "ada", PASSWORD).await),
        (("sign_in_failed", "password_wrong"), sign_in(&app.anon(), &user.username, WRONG).await),
        (("password_refused", "current_password"), user.post(PASSWORD_CHANGE, change).await),
        (("mail_token_refused", "mail_token"), verify),
    ]
}

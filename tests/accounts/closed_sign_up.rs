//! A stack in which people need an invitation to make an account, and invitations to addresses of accounts.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{Fault, PASSWORD, Response, TestApp};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::invitations::{EMAIL, accept, invite, invited, mails_to};
use crate::{look, sign_in};

async fn sign_up(app: &TestApp, username: &str, email: &str) -> Response {
    app.anon().post("/v1/users", json!({ "username": username, "email": email, "password": PASSWORD })).await
}

async fn accounts(app: &TestApp, email: &str) -> usize {
    let users = app.items("users").await;
    users.iter().filter(|user| user["email"].as_s().unwrap() == email).count()
}

#[tokio::test]
async fn a_closed_stack_refuses_sign_ups_and_tells_nothing_about_names() {
    let app = TestApp::init_with(&[("SIGN_UP", "invited")]).await;
    let user = app.user().await;
    app.dynamo.fault(|call| (!call.is("UpdateItem", "rate_limits")).then_some(Fault::Refuse("ThrottlingException")));
    let known = sign_up(&app, &user.username, &format!("{}@example.com", user.username)).await;
    let unknown = sign_up(&app, "ada", EMAIL).await;
    assert!(known.is(403, "sign_up_closed"), "{}", known.body);
    assert_eq!(look(&known), look(&unknown));
    // A weak password is not looked at.
    let weak = json!({ "username": "ada", "email": EMAIL, "password": "qwertyuiop" });
    assert!(app.anon().post("/v1/users", weak).await.is(403, "sign_up_closed"));
    assert!(app.waiting_jobs().is_empty());
}

#[tokio::test]
async fn refused_sign_ups_are_counted_by_address() {
    let app = TestApp::init_with(&[("SIGN_UP", "invited")]).await;
    let caller = app.anon();
    let body = json!({ "username": "ada", "email": EMAIL, "password": PASSWORD });
    for _ in 0..10 {
        assert!(caller.post("/v1/users", body.clone()).await.is(403, "sign_up_closed"));
    }
    assert!(caller.post("/v1/users", body).await.is(429, "rate_limited"));
}

#[tokio::test]
async fn acceptance_sign_in_and_reset_go_on_in_a_closed_stack() {
    let app = TestApp::init_with(&[("SIGN_UP", "invited")]).await;
    let (_, token) = invited(&app).await;
    assert_eq!(accept(&app, &token, "ada").await.status, 201);
    assert_eq!(sign_in(&app.anon(), "ada", PASSWORD).await.status, 200);
    assert_eq!(app.anon().post("/v1/auth/password-reset", json!({ "email": EMAIL })).await.status, 202);
    let body = json!({ "token": app.mailed_token(EMAIL).await, "new_password": "nine-patient-herons" });
    assert_eq!(app.anon().post("/v1/auth/password-reset/confirm", body).await.status, 204);
}

#[tokio::test]
async fn acceptance_takes_the_address_from_an_account_that_never_verified_it() {
    let app = TestApp::init().await;
    assert_eq!(sign_up(&app, "mallory", EMAIL).await.status, 201);
    let mallory = app.sign_in("mallory").await;
    app.mails().await;
    let (id, token) = invited(&app).await;
    let made = accept(&app, &token, "ada").await;
    assert_eq!(made.status, 201, "{}", made.body);
    let events = made.events();
    let closed = events.iter().find(|event| event["event"] == "erasure_began").unwrap();
    assert_eq!((&closed["user"], &closed["by"]), (&json!(mallory.id.to_string()), &json!("mailbox")));
    crate::assert_dead(&app, &mallory).await;
    app.wait_for_mails();
    app.handle_jobs().await;
    assert_eq!(accounts(&app, EMAIL).await, 1, "mallory's account is erased");
    // The name stays with the new account.
    assert_eq!(sign_in(&app.anon(), EMAIL, PASSWORD).await.status, 200);
    assert_eq!(app.sign_in("ada").await.id.to_string(), id);
}

#[tokio::test]
async fn an_address_that_was_verified_meanwhile_is_taken() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    assert_eq!(sign_up(&app, "bob", EMAIL).await.status, 201);
    let verify = json!({ "token": app.mailed_token(EMAIL).await, "password": PASSWORD });
    assert_eq!(app.anon().post("/v1/auth/verify-email", verify).await.status, 204);
    assert!(accept(&app, &token, "ada").await.is(409, "email_taken"));
    assert_eq!(accounts(&app, EMAIL).await, 1);
}

#[tokio::test]
async fn an_invited_address_can_sign_up_until_the_invitation_is_accepted() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    assert_eq!(accept(&app, &token, "ada").await.status, 201);
    assert!(sign_up(&app, "bob", EMAIL).await.is(409, "email_taken"));
    assert_eq!(accounts(&app, EMAIL).await, 1);
}

#[tokio::test]
async fn an_account_is_erased_with_the_tokens_of_its_invitation() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    assert_eq!(accept(&app, &token, "ada").await.status, 201);
    let ada = app.sign_in("ada").await;
    assert_eq!(app.items("mail_tokens").await.len(), 1);
    assert_eq!(ada.post("/v1/users/me/erase", json!({ "password": PASSWORD })).await.status, 202);
    app.wait_for_mails();
    app.handle_jobs().await;
    assert!(app.items("mail_tokens").await.is_empty());
    assert_eq!(accounts(&app, EMAIL).await, 0);
    // The address can be invited again.
    assert_eq!(invite(&app.staff().await, EMAIL, None).await.status, 202);
    assert_eq!(mails_to(&app, EMAIL).await.len(), 2);
}

/// Whoever is first, the owner of the mailbox gets the address.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_between_lookup_and_write_of_an_acceptance_gives_way() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    assert_eq!(sign_up(&app, "bob", "bob@example.com").await.status, 201);
    let bob = AttributeValue::S(app.sign_in("bob").await.id.to_string());
    // As if the sign-up had this address and came just now.
    let (email, table) = (AttributeValue::S(EMAIL.to_owned()), |name: &str| format!("{}{name}", app.prefix));
    let name = app.database.put_item().table_name(table("identities")).item("user_id", bob.clone());
    let name = name.item("identity", AttributeValue::S(format!("email:{EMAIL}")));
    let account = app.database.update_item().table_name(table("users")).key("id", bob);
    let account = account.update_expression("SET email = :email").expression_attribute_values(":email", email);
    let mut writes = Some((name, account));
    app.dynamo.fault(move |call| {
        if call.is("TransactWriteItems", "invitations")
            && let Some((name, account)) = writes.take()
        {
            block_in_place(|| {
                Handle::current().block_on(async { (name.send().await.unwrap(), account.send().await.unwrap()) })
            });
        }
        None
    });
    let made = accept(&app, &token, "ada").await;
    assert_eq!(made.status, 201, "{}", made.body);
    app.dynamo.heal();
    app.wait_for_mails();
    app.handle_jobs().await;
    assert_eq!(accounts(&app, EMAIL).await, 1);
    assert!(sign_in(&app.anon(), "bob", PASSWORD).await.is(401, "credentials_invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_and_an_acceptance_at_once_leave_the_address_with_the_invited() {
    let app = TestApp::init().await;
    let (_, token) = invited(&app).await;
    let (made, _) = tokio::join!(accept(&app, &token, "ada"), sign_up(&app, "bob", EMAIL));
    assert_eq!(made.status, 201, "{}", made.body);
    app.wait_for_mails();
    app.handle_jobs().await;
    assert_eq!(accounts(&app, EMAIL).await, 1);
    assert_eq!(app.sign_in("ada").await.username, "ada");
}

//! The mailbox wins: an account that never verified its email gives way to the owner of the mailbox.

use auth::UserId;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::json;
use tests::{Client, Fault, PASSWORD, TestApp};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::pending_email::ask;
use crate::{
    ME, NEW, VERIFY, ask_reset, assert_dead, confirm, fields, mails_to, reset_token, signed_up, signs_in, verify,
};

const VICTIM: &str = "victim@example.com";

async fn set(app: &TestApp, id: UserId, attribute: &str, value: AttributeValue) {
    app.set("users", ("id", &id.to_string()), attribute, value).await;
}

/// A verified user whose pending email is [`VICTIM`], and the token mailed there.
async fn owner_of_the_mailbox(app: &TestApp) -> (Client, String) {
    let owner = app.user().await;
    // The link of the account that has the address goes first.
    app.mails().await;
    ask(app, &owner, VICTIM).await;
    let token = app.mailed_token(VICTIM).await;
    (owner, token)
}

/// Whether the account with this id is there.
async fn exists(app: &TestApp, id: UserId) -> bool {
    app.items("users").await.iter().any(|row| row["id"] == AttributeValue::S(id.to_string()))
}

#[tokio::test]
async fn a_reset_gives_an_account_that_was_never_verified_to_the_mailbox() {
    let app = TestApp::init().await;
    let stranger = signed_up(&app, "mallory-of-spam.example", VICTIM).await;
    ask(&app, &stranger, "mallory@example.com").await;
    let pending = app.mailed_token("mallory@example.com").await;
    let token = reset_token(&app, VICTIM).await;
    let mails = app.mails().await;
    let mail = mails.iter().rev().find(|mail| mail.contains("Set a new password")).unwrap();
    assert!(!mail.contains("mallory"), "nothing that a stranger chose: {mail}");
    assert_eq!(confirm(&app, &token, NEW).await.status, 204);
    assert_dead(&stranger).await;
    assert!(signs_in(&app, VICTIM, NEW).await && !signs_in(&app, VICTIM, PASSWORD).await);
    let body = json!({ "username": VICTIM, "password": NEW });
    let caller = app.anon();
    let victim = crate::with_tokens(&caller, &caller.post("/v1/auth/token", body).await);
    let me = victim.get(ME).await.json();
    assert_eq!((&me["email_verified"], &me["pending_email"]), (&json!(true), &json!(null)));
    let old = json!({ "token": pending, "password": NEW });
    assert_eq!(fields(&app.anon().post(VERIFY, old).await), ["token"]);
}

#[tokio::test]
async fn an_unverified_address_gets_three_resets_an_hour_and_strangers_use_up_no_other_limit() {
    let app = TestApp::init().await;
    for _ in 0..4 {
        // A link for somebody else's pending email is no use for the owner of the mailbox.
        let stranger = app.user().await;
        ask(&app, &stranger, VICTIM).await;
        app.mails().await;
    }
    assert_eq!(mails_to(&app, VICTIM).await, 3);
    let victim = signed_up(&app, "ada", VICTIM).await;
    assert_eq!((app.mails().await.len(), mails_to(&app, VICTIM).await), (4, 4));
    for _ in 0..4 {
        assert_eq!(ask_reset(&app, VICTIM).await.status, 202);
        app.mails().await;
    }
    assert_eq!(mails_to(&app, VICTIM).await, 7);
    ask(&app, &victim, VICTIM).await;
    app.mails().await;
    assert_eq!(mails_to(&app, VICTIM).await, 8, "another link to verify");
}

#[tokio::test]
async fn an_account_that_was_closed_by_a_superuser_is_not_erased_by_its_owner() {
    let app = TestApp::init().await;
    let banned = signed_up(&app, "mallory", VICTIM).await;
    let superuser = app.superuser().await;
    let close = json!({ "is_active": false });
    assert_eq!(superuser.patch(&format!("/v1/users/{}", banned.id), close).await.status, 200);
    let (other, token) = owner_of_the_mailbox(&app).await;
    assert!(other.post(VERIFY, json!({ "token": token })).await.is(409, "email_taken"));
    app.wait_for_mails();
    app.handle_jobs().await;
    assert!(exists(&app, banned.id).await);
}

/// Under earlier rules, a change of the email was made at once, so the email may be mistyped. A role says that somebody knows
/// the owner.
#[tokio::test]
async fn accounts_that_were_verified_before_or_have_a_role_are_not_given_away() {
    for (attribute, value) in [
        ("email_epoch", AttributeValue::N("1".to_owned())),
        ("is_staff", AttributeValue::Bool(true)),
        ("is_superuser", AttributeValue::Bool(true)),
    ] {
        let app = TestApp::init().await;
        let kept = signed_up(&app, "ada", VICTIM).await;
        let early = reset_token(&app, VICTIM).await;
        set(&app, kept.id, attribute, value).await;
        let mails = app.mails().await.len();
        assert_eq!(ask_reset(&app, VICTIM).await.status, 202);
        assert_eq!(app.mails().await.len(), mails, "{attribute}");
        assert_eq!(fields(&confirm(&app, &early, NEW).await), ["token"], "{attribute}");
        let (owner, token) = owner_of_the_mailbox(&app).await;
        let response = owner.post(VERIFY, json!({ "token": token })).await;
        assert!(response.is(409, "email_taken"), "{attribute}: {}", response.body);
        assert!(signs_in(&app, VICTIM, PASSWORD).await);
    }
}

#[tokio::test]
async fn verification_takes_the_address_and_erases_the_account_that_never_verified_it() {
    let app = TestApp::init().await;
    let stranger = signed_up(&app, "mallory", VICTIM).await;
    let (owner, token) = owner_of_the_mailbox(&app).await;
    let response = owner.post(VERIFY, json!({ "token": token })).await;
    assert_eq!(response.status, 204, "{}", response.body);
    let began = response.events().into_iter().find(|event| event["event"] == "erasure_began").unwrap();
    assert_eq!((began["user"].as_str(), &began["by"]), (Some(&*stranger.id.to_string()), &json!("mailbox")));
    assert_dead(&stranger).await;
    assert_eq!(owner.get(ME).await.json()["email"], VICTIM);
    // The erasure leaves the address to its new owner, and frees the username.
    app.clock.advance(SignedDuration::from_secs(10));
    app.handle_jobs().await;
    assert!(!exists(&app, stranger.id).await);
    assert!(signs_in(&app, VICTIM, PASSWORD).await && !signs_in(&app, "mallory", PASSWORD).await);
    signed_up(&app, "mallory", "other@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_verified_meanwhile_keeps_its_address() {
    let app = TestApp::init().await;
    let first = signed_up(&app, "ada", VICTIM).await;
    let own = app.mailed_token(VICTIM).await;
    let (owner, token) = owner_of_the_mailbox(&app).await;
    // The account is read, and then verified before the claim is written.
    let (body, caller) = (json!({ "token": own, "password": PASSWORD }), app.anon());
    let update = app.database.update_item().table_name(format!("{}users", app.prefix));
    let update = update
        .key("id", AttributeValue::S(first.id.to_string()))
        .update_expression("SET email_verified = :true")
        .expression_attribute_values(":true", AttributeValue::Bool(true));
    let mut update = Some(update);
    app.dynamo.fault(move |call| {
        if call.is("TransactWriteItems", "users")
            && let Some(update) = update.take()
        {
            block_in_place(|| _ = Handle::current().block_on(update.send()).unwrap());
        }
        None
    });
    let response = owner.post(VERIFY, json!({ "token": token })).await;
    assert!(response.is(409, "email_taken"), "{} {}", response.status, response.body);
    app.dynamo.heal();
    assert!(signs_in(&app, VICTIM, PASSWORD).await);
    assert_eq!(fields(&caller.post(VERIFY, body).await), ["token"], "verified by somebody else");
}

#[tokio::test]
async fn a_take_over_without_an_answer_is_recognised_and_its_erasure_is_queued() {
    let app = TestApp::init().await;
    let stranger = signed_up(&app, "mallory", VICTIM).await;
    let (owner, token) = owner_of_the_mailbox(&app).await;
    app.dynamo.fault(|call| call.is("TransactWriteItems", "users").then_some(Fault::LoseResponse));
    let lost = owner.post(VERIFY, json!({ "token": token })).await;
    assert!(lost.is(503, "unavailable"), "{} {:?}", lost.body, lost.events());
    app.dynamo.heal();
    assert_eq!(owner.post(VERIFY, json!({ "token": token })).await.status, 204);
    app.clock.advance(SignedDuration::from_secs(10));
    app.handle_jobs().await;
    assert!(!exists(&app, stranger.id).await && signs_in(&app, VICTIM, PASSWORD).await);
}

#[tokio::test]
async fn a_sign_up_does_not_take_an_unverified_address() {
    let app = TestApp::init().await;
    signed_up(&app, "ada", VICTIM).await;
    let body = json!({ "username": "bob", "email": VICTIM, "password": PASSWORD });
    assert!(app.anon().post("/v1/users", body).await.is(409, "email_taken"));
    let token = app.mailed_token(VICTIM).await;
    assert_eq!(verify(&app, &token).await.status, 204);
}

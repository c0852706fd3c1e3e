//! `POST /v1/auth/verify-email`: the verification of emails, and the limits on mails.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, TestApp};

use crate::{ME, VERIFY, assert_alive, fields, mails_to, patch_me, signed_up, verify};

async fn is_verified(caller: &Client) -> bool {
    caller.get(ME).await.json()["email_verified"].as_bool().unwrap()
}

async fn set_email(app: &TestApp, caller: &Client, email: &str) -> Value {
    let response = patch_me(app, caller, json!({ "email": email, "current_password": PASSWORD })).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response.json()
}

/// Sets the caller's email. Returns the token mailed to the new address.
async fn token_for(app: &TestApp, caller: &Client, email: &str) -> String {
    set_email(app, caller, email).await;
    app.mailed_token(email).await
}

#[tokio::test]
async fn a_new_account_is_verified_by_the_mailed_token_once() {
    let app = TestApp::init().await;
    let user = signed_up(&app, "ada", "ada@example.com").await;
    assert!(!is_verified(&user).await);
    let token = app.mailed_token("ada@example.com").await;
    let response = verify(&app, &token).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert!(is_verified(&user).await);
    // The same token again changes nothing: the client may have lost the first response.
    app.clock.advance_millis(1);
    let again = verify(&app, &token).await;
    assert_eq!(again.status, 204, "{}", again.body);
    assert!(again.events().iter().all(|event| event["event"] != "email_verified"), "{:?}", again.events());
    assert!(is_verified(&user).await);
    // A verification ends no session.
    assert_alive(&user).await;
}

#[tokio::test]
async fn an_email_is_mailed_even_if_the_answer_to_its_write_was_lost() {
    let app = TestApp::init().await;
    let user = app.user().await;
    app.dynamo.fault(|call| call.is("TransactWriteItems", "users").then_some(Fault::LoseResponse));
    let new = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let change = json!({ "email": "new@example.com", "current_password": PASSWORD });
    let asking = app.anon();
    let (created, changed) = tokio::join!(asking.post("/v1/users", new), patch_me(&app, &user, change));
    assert!(created.is(503, "unavailable") && changed.is(503, "unavailable"), "{} {}", created.body, changed.body);
    app.dynamo.heal();
    assert_eq!(app.handle_jobs().await, 0, "the jobs are held back until the requests have certainly ended");
    for email in ["ada@example.com", "new@example.com"] {
        let token = app.mailed_token(email).await;
        assert_eq!(verify(&app, &token).await.status, 204, "{email}");
    }
    assert!(is_verified(&app.sign_in("ada").await).await);
    assert_eq!(user.get(ME).await.json()["email"], "new@example.com");
}

#[tokio::test]
async fn without_its_job_no_account_is_created_and_no_email_changed() {
    let app = TestApp::init().await;
    let user = app.user().await;
    // A file in place of the spool's directory: no job can be queued.
    let spool = app.seed_file.with_file_name("jobs");
    std::fs::remove_dir_all(&spool).unwrap();
    std::fs::write(&spool, "").unwrap();
    let new = json!({ "username": "ada", "email": "ada@example.com", "password": PASSWORD });
    let before = app.items("users").await.len();
    assert!(app.anon().post("/v1/users", new).await.is(503, "unavailable"));
    let change = json!({ "email": "new@example.com", "current_password": PASSWORD });
    assert!(patch_me(&app, &user, change).await.is(503, "unavailable"));
    std::fs::remove_file(&spool).unwrap();
    assert_eq!(app.items("users").await.len(), before);
    assert!(is_verified(&user).await);
    // The same calls succeed now.
    signed_up(&app, "ada", "ada@example.com").await;
    set_email(&app, &user, "new@example.com").await;
    assert_eq!((mails_to(&app, "ada@example.com").await, mails_to(&app, "new@example.com").await), (1, 1));
}

#[tokio::test]
async fn the_job_of_an_account_that_was_not_created_does_nothing() {
    let app = TestApp::init().await;
    app.user().await;
    signed_up(&app, "ada", "ada@example.com").await;
    let again = json!({ "username": "ada", "email": "other@example.com", "password": PASSWORD });
    assert!(app.anon().post("/v1/users", again).await.is(409, "username_taken"));
    app.wait_for_mails();
    assert_eq!(app.handle_jobs().await, 2);
    assert_eq!((mails_to(&app, "ada@example.com").await, mails_to(&app, "other@example.com").await), (1, 0));
}

#[tokio::test]
async fn a_token_works_for_a_day() {
    let app = TestApp::init().await;
    for (name, wait, good) in [("ada", 86_399, true), ("bob", 86_400, false)] {
        let email = format!("{name}@example.com");
        signed_up(&app, name, &email).await;
        let token = app.mailed_token(&email).await;
        app.clock.advance(SignedDuration::from_secs(wait));
        let response = verify(&app, &token).await;
        assert_eq!(response.status, if good { 204 } else { 422 }, "{}", response.body);
        assert_eq!(is_verified(&app.sign_in(name).await).await, good);
    }
}

#[tokio::test]
async fn an_unverified_email_set_again_is_mailed_again() {
    let app = TestApp::init().await;
    let user = signed_up(&app, "ada", "ada@example.com").await;
    let first = app.mailed_token("ada@example.com").await;
    let second = token_for(&app, &user, "ada@example.com").await;
    assert_ne!(first, second);
    assert_eq!(mails_to(&app, "ada@example.com").await, 2);
    // A change of other names sends no mail.
    patch_me(&app, &user, json!({ "first_name": "Ada" })).await;
    assert_eq!(mails_to(&app, "ada@example.com").await, 2);
    // The second mail does not invalidate the first token.
    assert_eq!(verify(&app, &first).await.status, 204);
    assert!(is_verified(&user).await);
}

#[tokio::test]
async fn an_email_is_mailed_three_times_an_hour() {
    let app = TestApp::init().await;
    let user = signed_up(&app, "ada", "ada@example.com").await;
    for _ in 0..4 {
        set_email(&app, &user, "ada@example.com").await;
        app.mails().await;
    }
    assert_eq!(mails_to(&app, "ada@example.com").await, 3);
    let last = app.mailed_token("ada@example.com").await;
    app.clock.advance(SignedDuration::from_hours(1));
    let user = app.sign_in(&user.username).await;
    set_email(&app, &user, "ada@example.com").await;
    assert_eq!(mails_to(&app, "ada@example.com").await, 4);
    assert_eq!(verify(&app, &last).await.status, 204);
}

#[tokio::test]
async fn a_user_has_three_addresses_mailed_an_hour() {
    let app = TestApp::init().await;
    let user = app.user().await;
    for at in 0..5 {
        set_email(&app, &user, &format!("new{at}@example.com")).await;
        app.mails().await;
    }
    assert_eq!(app.mails().await.len(), 3);
    assert_eq!(mails_to(&app, "new3@example.com").await, 0);
}

#[tokio::test]
async fn many_accounts_cannot_fill_one_mailbox() {
    let app = TestApp::init().await;
    for at in 0..5 {
        let user = app.user().await;
        // The limit covers all spellings of the address.
        let victim = if at % 2 == 0 { "victim@example.com" } else { "Victim@Example.com" };
        set_email(&app, &user, victim).await;
        app.mails().await;
        set_email(&app, &user, &format!("other{at}@example.com")).await;
        app.mails().await;
    }
    let mails = app.mails().await;
    let to_victim = mails.iter().filter(|mail| mail.to_ascii_lowercase().contains("to: <victim@")).count();
    assert_eq!(to_victim, 3);
}

#[tokio::test]
async fn other_spellings_of_an_address_use_up_a_budget_of_their_own() {
    let app = TestApp::init().await;
    for at in 1..=4 {
        signed_up(&app, &format!("stranger{at}"), &format!("victim+{at}@example.com")).await;
    }
    signed_up(&app, "victim", "victim@example.com").await;
    assert_eq!(mails_to(&app, "victim@example.com").await, 1);
    let mails = app.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.contains("To: <victim+")).count(), 3, "they share one budget");
}

#[tokio::test]
async fn an_invalid_token_verifies_nothing() {
    let app = TestApp::init().await;
    let (ada, bob) = (signed_up(&app, "ada", "ada@example.com").await, signed_up(&app, "bob", "bob@example.com").await);
    let token = app.mailed_token("ada@example.com").await;
    let secret = token.split_once('.').unwrap().1;
    let others = format!("{}.{secret}", bob.id);
    for odd in ["", "garbage", &others, &token.to_uppercase(), &format!("{token}x"), ada.token.as_deref().unwrap()] {
        assert_eq!(fields(&verify(&app, odd).await), ["token"], "{odd}");
    }
    for body in [json!({}), json!({ "token": null }), json!({ "token": token, "email": "ada@example.com" })] {
        assert!(app.anon().post(VERIFY, body).await.is(422, "validation_failed"));
    }
    assert!(!is_verified(&ada).await && !is_verified(&bob).await);
}

#[tokio::test]
async fn a_deactivated_users_email_is_not_verified() {
    let app = TestApp::init().await;
    let superuser = app.superuser().await;
    let user = signed_up(&app, "ada", "ada@example.com").await;
    let token = app.mailed_token("ada@example.com").await;
    let path = format!("/v1/users/{}", user.id);
    assert_eq!(superuser.patch(&path, json!({ "is_active": false })).await.status, 200);
    // As at the sign-in, nobody learns whether the password of an inactive account is right.
    for password in [PASSWORD, "a-wrong-guess"] {
        let response = verify_as(&app.anon(), &token, Some(password)).await;
        assert!(response.is(401, "credentials_invalid"), "{password}: {} {}", response.status, response.body);
    }
    assert_eq!(superuser.patch(&path, json!({ "is_active": true })).await.status, 200);
    assert!(!is_verified(&app.sign_in("ada").await).await);
}

/// Verifies an email with a mailed token, and with a password if there is one.
async fn verify_as(caller: &Client, token: &str, password: Option<&str>) -> tests::Response {
    let mut body = json!({ "token": token });
    if let Some(password) = password {
        body["password"] = json!(password);
    }
    caller.post(VERIFY, body).await
}

#[tokio::test]
async fn a_mailed_token_alone_verifies_nothing_and_stays_valid() {
    let app = TestApp::init().await;
    // A stranger signs up with the address of somebody else, who only has the mail.
    let stranger = signed_up(&app, "mallory", "victim@example.com").await;
    let token = app.mailed_token("victim@example.com").await;
    let victim = app.user().await;
    let attempts = [
        (verify_as(&app.anon(), &token, None).await, (403, "token_missing")),
        (verify_as(&app.anon(), &token, Some("a-guess-of-the-victim")).await, (401, "credentials_invalid")),
        (verify_as(&victim, &token, Some("a-guess-of-the-victim")).await, (401, "credentials_invalid")),
        (verify_as(&victim, &token, None).await, (422, "validation_failed")),
        (verify_as(&app.anon().with_token("garbage"), &token, None).await, (401, "token_invalid")),
        (verify_as(&app.anon().with_token("garbage"), &token, Some(PASSWORD)).await, (401, "token_invalid")),
    ];
    for (at, (response, (status, code))) in attempts.iter().enumerate() {
        assert!(response.is(*status, code), "attempt {at}: {} {}", response.status, response.body);
    }
    assert!(!is_verified(&stranger).await);
    // The refusals used nothing up.
    assert_eq!(verify_as(&stranger, &token, None).await.status, 204);
    assert!(is_verified(&stranger).await);
}

#[tokio::test]
async fn the_token_or_the_password_of_the_account_is_proof_enough() {
    let app = TestApp::init().await;
    for (name, signed_in, password) in
        [("ada", true, None), ("bob", false, Some(PASSWORD)), ("cy", true, Some(PASSWORD))]
    {
        let user = signed_up(&app, name, &format!("{name}@example.com")).await;
        let token = app.mailed_token(&format!("{name}@example.com")).await;
        let caller = if signed_in { user.clone() } else { app.anon() };
        let response = verify_as(&caller, &token, password).await;
        assert_eq!(response.status, 204, "{name}: {}", response.body);
        assert!(is_verified(&user).await, "{name}");
    }
}

#[tokio::test]
async fn another_accounts_token_is_answered_like_an_unknown_token() {
    let app = TestApp::init().await;
    signed_up(&app, "ada", "ada@example.com").await;
    let token = app.mailed_token("ada@example.com").await;
    let bob = app.user().await;
    let unknown = format!("{}.{}", bob.id, token.split_once('.').unwrap().1);
    let without_id = |response: tests::Response| {
        let mut body = response.json();
        body["request_id"] = json!("");
        (response.status, body)
    };
    let foreign = without_id(verify_as(&bob, &token, None).await);
    assert_eq!(foreign, without_id(verify_as(&bob, &unknown, None).await));
    assert_eq!(foreign, without_id(verify_as(&bob, &unknown, Some(PASSWORD)).await));
}

#[tokio::test]
async fn guesses_here_and_at_the_sign_in_share_one_limit() {
    let app = TestApp::init().await;
    signed_up(&app, "ada", "ada@example.com").await;
    let token = app.mailed_token("ada@example.com").await;
    let caller = app.anon();
    for guess in 0..10 {
        let response = if guess % 2 == 0 {
            verify_as(&caller, &token, Some("a-wrong-guess")).await
        } else {
            caller.post(crate::TOKEN, json!({ "username": "ada", "password": "a-wrong-guess" })).await
        };
        assert!(response.is(401, "credentials_invalid"), "{guess}: {} {}", response.status, response.body);
    }
    // The right password is not looked at either, at both places.
    assert!(verify_as(&caller, &token, Some(PASSWORD)).await.is(429, "rate_limited"));
    let sign_in = caller.post(crate::TOKEN, json!({ "username": "ada", "password": PASSWORD })).await;
    assert!(sign_in.is(429, "rate_limited"), "{}", sign_in.body);
    // Other addresses are not held up, and the mailed token is still valid.
    assert_eq!(verify_as(&app.anon(), &token, Some(PASSWORD)).await.status, 204);
}

#[tokio::test]
async fn without_a_mailed_token_nobody_uses_up_an_accounts_limits() {
    let app = TestApp::init().await;
    let ada = signed_up(&app, "ada", "ada@example.com").await;
    let caller = app.anon();
    for _ in 0..10 {
        let unknown = format!("{}.{}", ada.id, "A".repeat(43));
        assert_eq!(fields(&verify_as(&caller, &unknown, Some("a-wrong-guess")).await), ["token"]);
    }
    let sign_in = caller.post(crate::TOKEN, json!({ "username": "ada", "password": PASSWORD })).await;
    assert_eq!(sign_in.status, 200, "{}", sign_in.body);
}

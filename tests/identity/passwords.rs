//! Passwords that count as equal, and passwords that are never hashed.

use serde_json::json;
use tests::{Response, TestApp};

use crate::{NEW, TOKEN, confirm, email_of, fields, reset_token, set_password, sign_in, signs_in};

async fn sign_up(app: &TestApp, username: &str, password: &str) -> Response {
    let body = json!({ "username": username, "email": format!("{username}@example.com"), "password": password });
    app.anon().post("/v1/users", body).await
}

#[tokio::test]
async fn composed_and_decomposed_are_one_password() {
    let app = TestApp::init().await;
    let composed = "caf\u{e9}-lanterns-\u{d6}tter-9";
    let decomposed = "cafe\u{301}-lanterns-O\u{308}tter-9";
    for (username, given, other) in [("ada", composed, decomposed), ("bob", decomposed, composed)] {
        assert_eq!(sign_up(&app, username, given).await.status, 201);
        assert!(signs_in(&app, username, given).await && signs_in(&app, username, other).await);
        // Passwords are neither trimmed nor folded, and look-alikes are different.
        for wrong in [
            format!(" {given}"),
            format!("{given} "),
            given.to_uppercase(),
            given.to_lowercase(),
            given.replace("\u{301}", "").replace('\u{e9}', "e"),
            given.replace('9', "\u{ff19}"),
        ] {
            assert!(!signs_in(&app, username, &wrong).await, "{wrong:?}");
        }
    }
}

#[tokio::test]
async fn leaked_passwords_and_the_names_of_the_service_are_refused() {
    let names = [("TOKEN_ISSUER", "velvet-harbours-dev"), ("TOKEN_AUDIENCE", "https://api.quillmarsh.example")];
    let app = TestApp::init_with(&names).await;
    for leaked in ["diosesfiel", "DIOSESFIEL", "Diosesfiel"] {
        let response = sign_up(&app, "ada", leaked).await;
        assert_eq!(fields(&response), ["password"], "{leaked}");
        assert!(response.body.to_string().contains("is in a list of leaked passwords"), "{}", response.body);
    }
    for named in ["VelvetHarbours2026!", "velvet-harbours-dev7", "Velvet_Harbours_1!", "Quillmarsh2026!"] {
        let response = sign_up(&app, "ada", named).await;
        assert_eq!(fields(&response), ["password"], "{named}");
        assert!(response.body.to_string().contains("is too easy to guess"), "{}", response.body);
    }
    assert_eq!(sign_up(&app, "ada", NEW).await.status, 201);
    // Where the name is another, it is as good as any.
    assert_eq!(sign_up(&TestApp::init().await, "ada", "Quillmarsh2026!").await.status, 201);
}

#[tokio::test]
async fn a_reset_takes_either_form_too() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let token = reset_token(&app, &email_of(&user)).await;
    assert_eq!(confirm(&app, &token, "cafe\u{301}-lanterns-otter-9").await.status, 204);
    assert!(signs_in(&app, &user.username, "caf\u{e9}-lanterns-otter-9").await);
}

#[tokio::test]
async fn every_character_counts() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let cases = [
        (format!("{}X", "a".repeat(72)), format!("{}Y", "a".repeat(72))),
        (format!("{}X", "a".repeat(127)), format!("{}Y", "a".repeat(127))),
        ("before\0after".to_owned(), "before\0other".to_owned()),
        ("before\0after".to_owned(), "before".to_owned()),
        ("before\0".to_owned(), "before".to_owned()),
    ];
    for (right, wrong) in cases {
        set_password(&app, user.id, &right).await;
        assert!(signs_in(&app, &user.username, &right).await, "{right:?}");
        assert!(!signs_in(&app, &user.username, &wrong).await, "{wrong:?}");
    }
    assert_eq!(sign_up(&app, "nul", "lanterns\0seven\0otters").await.status, 201);
    assert!(signs_in(&app, "nul", "lanterns\0seven\0otters").await);
    assert!(!signs_in(&app, "nul", "lanterns\0seven\0others").await);
}

#[tokio::test]
async fn a_password_that_is_too_long_is_refused_without_hashing() {
    let app = TestApp::init().await;
    let user = app.user().await;
    // The account is read before a password is hashed. So without the read, no password was hashed.
    let reads_account = |call: &tests::Call| call.is("BatchGetItem", "users");
    app.dynamo.take_calls();
    assert_eq!(fields(&sign_in(&app, &user.username, &"x".repeat(129)).await), ["password"]);
    assert_eq!(fields(&sign_in(&app, &user.username, "").await), ["password"]);
    for length in [65_536, 1_000_000] {
        let response = sign_in(&app, &user.username, &"x".repeat(length)).await;
        assert_eq!(response.status, 413, "{}", response.body);
    }
    // About the largest body, full of characters that decompose into many more.
    let response = sign_in(&app, &user.username, &"\u{1f82}".repeat(20_000)).await;
    assert_eq!(fields(&response), ["password"]);
    assert!(!app.dynamo.take_calls().iter().any(reads_account));
    assert!(!signs_in(&app, &user.username, &"x".repeat(128)).await);
    assert!(app.dynamo.take_calls().iter().any(reads_account));
}

#[tokio::test]
async fn length_is_counted_in_composed_characters() {
    let app = TestApp::init().await;
    let user = app.user().await;
    set_password(&app, user.id, &"\u{e9}".repeat(128)).await;
    assert!(signs_in(&app, &user.username, &"e\u{301}".repeat(128)).await);
    assert_eq!(fields(&sign_in(&app, &user.username, &"e\u{301}".repeat(129)).await), ["password"]);
}

#[tokio::test]
async fn a_new_password_that_is_too_long_leaves_no_account() {
    let app = TestApp::init().await;
    let long = format!("{NEW}-").repeat(6);
    assert_eq!(fields(&sign_up(&app, "ada", &long[..129]).await), ["password"]);
    assert_eq!(sign_up(&app, "ada", &long.repeat(8_000)).await.status, 413);
    assert_eq!(app.items("users").await.len() + app.items("identities").await.len(), 0);
    assert_eq!(sign_up(&app, "ada", &long[..128]).await.status, 201);
    let body = json!({ "username": "ada", "password": &long[..128] });
    assert_eq!(app.anon().post(TOKEN, body).await.status, 200);
}

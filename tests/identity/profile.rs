//! `PATCH /v1/users/me`: users update their profile.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Client, Fault, PASSWORD, TestApp};
use tokio::task::JoinSet;

use crate::{ME, assert_alive, email_of, fields, patch_me, signed_up, signs_in};

/// The body with the current password added.
fn sure(mut body: Value) -> Value {
    body["current_password"] = json!(PASSWORD);
    body
}

/// Every login name, and the id of its user.
async fn identities(app: &TestApp) -> BTreeMap<String, String> {
    let text = |value: &aws_sdk_dynamodb::types::AttributeValue| value.as_s().unwrap().clone();
    let items = app.items("identities").await;
    items.iter().map(|item| (text(&item["identity"]), text(&item["user_id"]))).collect()
}

/// A user called `username`, with a verified email of the same name.
async fn user(app: &TestApp, username: &str) -> Client {
    app.create_user(username, &format!("{username}@example.com"), auth::Roles::default()).await;
    app.sign_in(username).await
}

#[tokio::test]
async fn first_and_last_name_need_no_password() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let before = ada.get(ME).await.json();
    let response = patch_me(&app, &ada, json!({ "first_name": "Ada" })).await;
    assert_eq!(response.status, 200, "{}", response.body);
    let response = patch_me(&app, &ada, json!({ "last_name": "L\u{f6}velace" })).await;
    let mut expected = before.clone();
    expected["first_name"] = json!("Ada");
    expected["last_name"] = json!("L\u{f6}velace");
    assert_eq!(response.json(), expected);
    assert_eq!(ada.get(ME).await.json(), expected);
    assert_eq!(patch_me(&app, &ada, json!({ "first_name": "", "last_name": "" })).await.json(), before);
    assert_alive(&ada).await;
}

#[tokio::test]
async fn the_names_to_sign_in_with_need_the_password() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let before = (app.items("users").await, identities(&app).await);
    for change in [
        json!({ "username": "eve" }),
        json!({ "email": "eve@example.com" }),
        json!({ "username": "eve", "email": "eve@example.com", "first_name": "Eve" }),
    ] {
        assert_eq!(fields(&patch_me(&app, &ada, change.clone()).await), ["current_password"], "{change}");
        let mut wrong = change.clone();
        // Five wrong passwords in a row would end the session.
        let ada = app.sign_in("ada").await;
        for password in ["wrong", &PASSWORD.to_uppercase(), ""] {
            wrong["current_password"] = json!(password);
            assert_eq!(fields(&patch_me(&app, &ada, wrong.clone()).await), ["current_password"], "{wrong}");
        }
    }
    // A wrong password is refused even if the change needs none.
    let wrong = json!({ "first_name": "Eve", "current_password": "wrong" });
    assert_eq!(fields(&patch_me(&app, &ada, wrong).await), ["current_password"]);
    assert_eq!((app.items("users").await, identities(&app).await), before);
    assert_eq!(app.mails().await.len(), 0);
}

#[tokio::test]
async fn a_new_username_moves_and_frees_the_old_one() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let response = patch_me(&app, &ada, sure(json!({ "username": "Eve" }))).await;
    assert_eq!((response.status, &response.json()["username"]), (200, &json!("Eve")), "{}", response.body);
    assert!(signs_in(&app, "eve", PASSWORD).await && !signs_in(&app, "ada", PASSWORD).await);
    assert!(signs_in(&app, "ada@example.com", PASSWORD).await);
    let owner = ada.id.to_string();
    let expected = [("email:ada@example.com", &owner), ("username:eve", &owner)];
    assert_eq!(identities(&app).await, expected.map(|(name, id)| (name.to_owned(), id.clone())).into());
    // The session lives on, the old name is free, and the new one is taken.
    assert_alive(&ada).await;
    let next = signed_up(&app, "ADA", "next@example.com").await;
    assert_ne!(next.id, ada.id);
    let body = json!({ "username": "eVE", "email": "third@example.com", "password": PASSWORD });
    assert!(app.anon().post("/v1/users", body).await.is(409, "username_taken"));
}

#[tokio::test]
async fn both_names_change_at_once_or_not_at_all() {
    let app = TestApp::init().await;
    let (ada, _) = (user(&app, "ada").await, user(&app, "bob").await);
    let before = (app.items("users").await, identities(&app).await);
    for (username, email) in [("BOB", "free@example.com"), ("bob", "bob@example.com")] {
        let body = sure(json!({ "username": username, "email": email, "first_name": "Eve" }));
        let response = patch_me(&app, &ada, body).await;
        assert!(response.is(409, "username_taken"), "{} {}", response.status, response.body);
    }
    assert_eq!((app.items("users").await, identities(&app).await), before);
    assert_eq!(app.mails().await.len(), 0);
    let body = sure(json!({ "username": "free", "email": "free@example.com", "first_name": "Eve" }));
    let response = patch_me(&app, &ada, body).await.json();
    assert_eq!((&response["username"], &response["first_name"]), (&json!("free"), &json!("Eve")));
    assert_eq!(response["pending_email"], "free@example.com");
    let names: Vec<_> = identities(&app).await.into_keys().collect();
    assert_eq!(names, ["email:ada@example.com", "email:bob@example.com", "username:bob", "username:free"]);
    assert!(signs_in(&app, "free", PASSWORD).await);
}

#[tokio::test]
async fn another_case_of_ones_own_names_is_no_other_name() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let before = identities(&app).await;
    for (username, email) in [("ADA", "Ada@Example.com"), ("Ada", "ada@example.com"), ("Ada", "ada@example.com")] {
        let response = patch_me(&app, &ada, sure(json!({ "username": username, "email": email }))).await;
        let shown = response.json();
        assert_eq!((&shown["username"], &shown["email"]), (&json!(username), &json!(email)), "{}", response.body);
        assert_eq!(shown["email_verified"], json!(true));
    }
    assert_eq!(identities(&app).await, before);
    assert!(signs_in(&app, "ada", PASSWORD).await);
}

#[tokio::test]
async fn nothing_else_can_be_changed() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let before = app.items("users").await;
    let own = ada.id.to_string();
    for (name, value) in [
        ("is_staff", json!(true)),
        ("is_superuser", json!(true)),
        ("is_active", json!(true)),
        ("id", json!(own)),
        ("password", json!("eleven-purple-lanterns")),
        ("email_verified", json!(true)),
        ("epoch", json!(0)),
        ("role", json!("admin")),
    ] {
        for mut body in [json!({ "first_name": "Eve" }), sure(json!({ "username": "eve" }))] {
            body[name] = value.clone();
            assert_eq!(fields(&patch_me(&app, &ada, body).await), [name]);
        }
    }
    for body in [json!({}), json!([]), json!(null), json!({ "current_password": PASSWORD })] {
        assert!(patch_me(&app, &ada, body.clone()).await.is(422, "validation_failed"), "{body}");
    }
    assert_eq!(app.items("users").await, before);
}

#[tokio::test]
async fn names_that_break_the_rules_are_refused() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let long = "x".repeat(255);
    for (name, value) in [
        ("username", json!("")),
        ("username", json!("a@example.com")),
        ("username", json!("a b")),
        ("username", json!(long)),
        ("email", json!("ada")),
        ("email", json!("ada@example.com\r\nBcc: eve@example.com")),
        ("email", json!(null)),
        ("first_name", json!("a\0")),
        ("last_name", json!(long)),
        ("first_name", json!(7)),
    ] {
        let mut body = sure(json!({}));
        body[name] = value;
        assert_eq!(fields(&patch_me(&app, &ada, body.clone()).await)[0], name, "{body}");
    }
    assert_eq!(ada.get(ME).await.json()["username"], json!("ada"));
}

#[tokio::test]
async fn a_signed_in_user_changes_the_profile_five_times_a_minute() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    assert!(app.anon().patch(ME, json!({ "first_name": "Eve" })).await.is(403, "token_missing"));
    for _ in 0..5 {
        assert_eq!(ada.patch(ME, json!({ "first_name": "Ada" })).await.status, 200);
    }
    assert!(ada.at("203.0.113.9").patch(ME, sure(json!({ "username": "eve" }))).await.is(429, "rate_limited"));
    app.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(ada.patch(ME, json!({ "first_name": "Ada" })).await.status, 200);
}

/// Sends all changes at once. Returns the statuses.
async fn at_once(changes: Vec<(Client, Value)>) -> Vec<u16> {
    let mut all = JoinSet::new();
    for (caller, body) in changes {
        all.spawn(async move { caller.patch(ME, body).await.status });
    }
    let mut statuses = all.join_all().await;
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_want_one_name_one_gets_it() {
    let app = TestApp::init().await;
    let callers = [user(&app, "ada").await, user(&app, "bob").await];
    let change = sure(json!({ "username": "eve", "email": "eve@example.com" }));
    let statuses = at_once(callers.iter().map(|caller| (caller.clone(), change.clone())).collect()).await;
    assert_eq!(statuses, [200, 409]);
    assert_eq!(identities(&app).await.len(), 4);
    let eve = app.sign_in("eve").await;
    assert!(callers.iter().any(|caller| caller.id == eve.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_who_wants_several_names_at_once_ends_with_one() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let changes = (0..4).map(|at| (ada.clone(), sure(json!({ "username": format!("eve{at}") })))).collect();
    let statuses = at_once(changes).await;
    assert_eq!(statuses[0], 200, "{statuses:?}");
    let username = ada.get(ME).await.json()["username"].as_str().unwrap().to_owned();
    let names: Vec<_> = identities(&app).await.into_keys().collect();
    assert_eq!(names, [format!("email:{}", email_of(&ada)), format!("username:{username}")]);
    assert!(signs_in(&app, &username, PASSWORD).await);
}

#[tokio::test]
async fn a_change_whose_response_is_lost_on_the_way_is_done_once() {
    let app = TestApp::init().await;
    let ada = user(&app, "ada").await;
    let mut lost = false;
    app.dynamo.fault(move |call| {
        let first = call.operation == "TransactWriteItems" && !std::mem::replace(&mut lost, true);
        first.then_some(Fault::LoseResponse)
    });
    let response = patch_me(&app, &ada, sure(json!({ "username": "eve" }))).await;
    assert_eq!(response.status, 200, "{}", response.body);
    assert!(signs_in(&app, "eve", PASSWORD).await);
}

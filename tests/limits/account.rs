use auth::Roles;
use serde_json::{Value, json};
use tests::{PASSWORD, TestApp};

use crate::{BURST, keys, retry_after, sign_in};

#[tokio::test]
async fn one_account_is_one_bucket_whichever_name_is_used() {
    let app = TestApp::init().await;
    let sign_up = |username: &str, email: &str| json!({ "username": username, "email": email, "password": PASSWORD });
    let created = app.anon().post("/v1/users", sign_up("Alice", "Alice@Example.COM")).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.json()["email"], "Alice@Example.COM");
    let again = app.anon().post("/v1/users", sign_up("Alice2", "alice@example.com")).await;
    assert!(again.is(409, "email_taken"), "{}", again.body);
    let again = app.anon().post("/v1/users", sign_up("aLICE", "alice2@example.com")).await;
    assert!(again.is(409, "username_taken"), "{}", again.body);

    let caller = app.anon();
    for (at, name) in ["ALICE@example.com", "alice@EXAMPLE.com", "Alice", "ALICE", "alice"].into_iter().enumerate() {
        let response = sign_in(&caller, name, PASSWORD).await;
        assert_eq!(response.status, 200, "{name}: {}", response.body);
        let left = format!(r#""subject+ip";r={}"#, 9 - at);
        assert!(response.header("ratelimit").contains(&left), "{name}: {}", response.header("ratelimit"));
    }
    let keys = keys(&app, "subject+ip").await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(keys[0].contains(created.json()["id"].as_str().unwrap()), "{keys:?}");
}

#[tokio::test]
async fn other_addresses_and_other_accounts_are_other_buckets() {
    let app = TestApp::init().await;
    app.create_user("alice", "alice@example.com", Roles::default()).await;
    app.create_user("bob", "bob@example.com", Roles::default()).await;
    let caller = app.anon();
    for _ in 0..BURST {
        assert_eq!(sign_in(&caller, "alice", "wrong-password").await.status, 401);
    }
    // Six seconds for each try, so that only the limit by account refuses.
    for name in ["alice", "ALICE@example.com"] {
        app.clock.advance_millis(6_000);
        let response = sign_in(&caller, name, PASSWORD).await;
        assert!(response.is(429, "rate_limited"), "{name}: {}", response.body);
    }
    app.clock.advance_millis(6_000);
    assert_eq!(sign_in(&caller, "bob", PASSWORD).await.status, 200);
    assert_eq!(sign_in(&app.anon(), "alice", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn ten_per_quarter_of_an_hour_for_an_account_at_an_address() {
    let app = TestApp::init().await;
    app.create_user("alice", "alice@example.com", Roles::default()).await;
    let (caller, mut passed) = (app.anon(), 0);
    // A quarter of an hour, at a pace that the limit by address admits.
    for at in 0..=50 {
        let response = sign_in(&caller, "alice", "wrong-password").await;
        match response.status {
            401 => passed += 1,
            _ => {
                assert!(response.is(429, "rate_limited"), "{}", response.body);
                // The next try is admitted 90 s after the last admitted one, so at a multiple of 90 s.
                assert_eq!(retry_after(&response), 90 - at * 18 % 90);
                assert!(response.header("ratelimit").starts_with(r#""ip";r=9;t=6, "subject+ip";r=0;t="#));
            }
        }
        app.clock.advance_millis(18_000);
    }
    // The burst, and one every 90 s.
    assert_eq!(passed, 10 + 10);
}

/// The response without the parts that differ in every request.
fn look(response: &tests::Response) -> (u16, Value, Vec<(String, String)>) {
    let mut body = response.json();
    body.as_object_mut().unwrap().remove("request_id");
    let mut headers: Vec<_> = response
        .headers
        .iter()
        .filter(|(name, _)| !["apigw-requestid", "x-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (response.status, body, headers)
}

#[tokio::test]
async fn an_unknown_name_has_a_bucket_of_its_own_and_looks_the_same() {
    let app = TestApp::init().await;
    app.create_user("alice", "alice@example.com", Roles::default()).await;
    let (known, unknown) = (app.anon(), app.anon());
    for at in 0..=BURST {
        // All spellings of a name count as one name, known or not.
        let names = if at % 2 == 0 { ("alice", "nobody") } else { ("ALICE", "NoBody") };
        let (known, unknown) =
            (sign_in(&known, names.0, "wrong-password").await, sign_in(&unknown, names.1, "wrong-password").await);
        assert_eq!(look(&known), look(&unknown), "{at}");
        assert_eq!(known.status, if at < BURST { 401 } else { 429 });
        if at == BURST - 1 {
            app.clock.advance_millis(6_000);
        }
    }
    let refused = sign_in(&unknown, "nobody", "wrong-password").await;
    assert!(retry_after(&refused) <= 84);
    // Each unknown name has its own bucket, and no key has the name in clear text.
    assert_eq!(sign_in(&app.anon().at(&unknown.address.to_string()), "nobody2", "wrong").await.status, 429);
    app.clock.advance_millis(6_000);
    assert_eq!(sign_in(&unknown, "nobody2", "wrong-password").await.status, 401);
    let keys = keys(&app, "subject+ip").await;
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert!(keys.iter().all(|key| !key.to_lowercase().contains("nobody")), "{keys:?}");
}

#[tokio::test]
async fn a_session_is_refreshed_thirty_times_a_minute() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let other = app.sign_in(&user.username).await.at(&user.address.to_string());
    let refresh = async |token: &str| user.post("/v1/auth/token/refresh", json!({ "refresh_token": token })).await;
    let mut token = user.refresh_token.clone();
    for at in 0..30 {
        let response = refresh(&token).await;
        assert_eq!(response.status, 200, "{at}: {}", response.body);
        token = response.json()["refresh_token"].as_str().unwrap().to_owned();
    }
    let refused = refresh(&token).await;
    assert!(refused.is(429, "rate_limited"), "{}", refused.body);
    assert_eq!(retry_after(&refused), 2);
    assert_eq!(refresh(&other.refresh_token).await.status, 200);
    app.clock.advance_millis(1_999);
    assert_eq!(refresh(&token).await.status, 429);
    app.clock.advance_millis(1);
    assert_eq!(refresh(&token).await.status, 200);
}

#[tokio::test]
async fn a_superuser_changes_accounts_sixty_times_a_minute() {
    let app = TestApp::init().await;
    let (superuser, colleague) = (app.superuser().await, app.superuser().await);
    let user = app.user().await;
    let account = format!("/v1/users/{}", user.id);
    let change = json!({ "is_staff": true });
    for at in 0..60 {
        // The limit counts the user, not the address.
        let superuser = superuser.at(&format!("192.0.2.{at}"));
        assert_eq!(superuser.patch(&account, change.clone()).await.status, 200, "{at}");
    }
    let refused = superuser.patch(&account, json!({ "is_active": false })).await;
    assert!(refused.is(429, "rate_limited"), "{}", refused.body);
    assert_eq!(retry_after(&refused), 1);
    assert_eq!(user.get("/v1/users/me").await.status, 200, "the account is still active");
    let colleague = colleague.at(&superuser.address.to_string());
    assert_eq!(colleague.patch(&account, change.clone()).await.status, 200);
    app.clock.advance_millis(1_000);
    assert_eq!(superuser.patch(&account, change.clone()).await.status, 200);
    assert_eq!(superuser.patch(&account, change).await.status, 429);
}

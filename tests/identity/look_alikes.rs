//! Letters that look like ASCII letters, or fold to them, are different letters. They are refused everywhere alike.

use serde_json::json;
use tests::{PASSWORD, TestApp};

use crate::{ME, ask_reset, fields, mails_to, patch_me, sign_in, signed_up};

const USERNAME: &str = "kasia";
const EMAIL: &str = "kasia@kiosk.example";

/// An ASCII letter of [`USERNAME`], and a letter that looks like it or folds to it.
const PAIRS: [(char, char); 7] = [
    // The Kelvin sign, which lowercases to "k".
    ('k', '\u{212a}'),
    // Long s, which uppercases to "S".
    ('s', '\u{17f}'),
    // Dotless i, which uppercases to "I"; and İ, which lowercases to "i" and a dot.
    ('i', '\u{131}'),
    ('i', '\u{130}'),
    // Fullwidth a, which is "a" in compatibility forms.
    ('a', '\u{ff41}'),
    // Cyrillic a, and mathematical a.
    ('a', '\u{430}'),
    ('a', '\u{1d5ba}'),
];

fn usernames() -> Vec<String> {
    PAIRS.iter().map(|(ascii, other)| USERNAME.replace(*ascii, &other.to_string())).collect()
}

/// Look-alikes in the local part and in the domain, and fullwidth "@" and ".".
fn emails() -> Vec<String> {
    let (local, domain) = EMAIL.split_once('@').unwrap();
    let replaced = |text: &str, (ascii, other): (char, char)| text.replace(ascii, &other.to_string());
    let mut all: Vec<String> = PAIRS.iter().map(|pair| format!("{}@{domain}", replaced(local, *pair))).collect();
    // The domain of EMAIL lacks some of the letters.
    all.extend(PAIRS.iter().map(|pair| format!("{local}@{}", replaced("kiosk.sample", *pair))));
    all.extend([EMAIL.replace('@', "\u{ff20}"), EMAIL.replace('.', "\u{ff0e}"), format!("{EMAIL}\u{200b}")]);
    all
}

#[tokio::test]
async fn look_alikes_cannot_sign_up() {
    let app = TestApp::init().await;
    signed_up(&app, USERNAME, EMAIL).await;
    for username in usernames() {
        let body = json!({ "username": username, "email": "free@example.com", "password": PASSWORD });
        assert_eq!(fields(&app.anon().post("/v1/users", body).await), ["username"], "{username}");
    }
    for email in emails() {
        let body = json!({ "username": "free", "email": email, "password": PASSWORD });
        assert_eq!(fields(&app.anon().post("/v1/users", body).await), ["email"], "{email}");
    }
    assert_eq!((app.items("users").await.len(), app.items("identities").await.len()), (1, 2));
}

#[tokio::test]
async fn nobody_changes_to_a_look_alike() {
    let app = TestApp::init().await;
    signed_up(&app, USERNAME, EMAIL).await;
    let user = app.user().await;
    let before = user.get(ME).await.json();
    for username in usernames() {
        let body = json!({ "username": username, "current_password": PASSWORD });
        assert_eq!(fields(&patch_me(&app, &user, body).await), ["username"], "{username}");
    }
    for email in emails() {
        let body = json!({ "email": email, "current_password": PASSWORD });
        assert_eq!(fields(&patch_me(&app, &user, body).await), ["email"], "{email}");
    }
    assert_eq!(user.get(ME).await.json(), before);
    assert_eq!(app.items("identities").await.len(), 4);
}

#[tokio::test]
async fn look_alikes_do_not_sign_in() {
    let app = TestApp::init().await;
    signed_up(&app, USERNAME, EMAIL).await;
    for name in usernames().into_iter().chain(emails()) {
        let response = sign_in(&app, &name, PASSWORD).await;
        assert!(response.is(401, "credentials_invalid"), "{name}: {} {}", response.status, response.body);
    }
    assert_eq!(app.items("sessions").await.len(), 1);
}

#[tokio::test]
async fn look_alikes_are_not_mailed() {
    let app = TestApp::init().await;
    app.create_user(USERNAME, EMAIL, auth::Roles::default()).await;
    for email in emails() {
        assert_eq!(fields(&ask_reset(&app, &email).await), ["email"], "{email}");
    }
    assert_eq!(app.mails().await.len(), 0);
    // The real address is mailed.
    assert_eq!(ask_reset(&app, EMAIL).await.status, 202);
    assert_eq!(mails_to(&app, EMAIL).await, 1);
}

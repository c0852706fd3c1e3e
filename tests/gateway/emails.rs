//! An email is one plain address, wherever one is taken. Nothing else can reach a header of a mail.

use api::Entry;
use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use catalogue::CATALOGUE;
use serde_json::{Value, json};
use tests::lists::ids;
use tests::problems::fields;
use tests::{PASSWORD, TestApp, admitted, good_call};

/// Several addresses, names beside an address, lines, comments, quotes, other hosts than a domain, encoded words, text
/// of wrong form.
const NO_PLAIN_ADDRESS: [&str; 45] = [
    "ada@example.com,eve@example.com",
    "ada@example.com, eve@example.com",
    "ada,eve@example.com",
    "ada@example.com;eve@example.com",
    "ada@example.com eve@example.com",
    "ada@eve@example.com",
    "ada@example.com@",
    "Ada <ada@example.com>",
    "Ada<ada@example.com>",
    "<ada@example.com>",
    "ada@example.com>",
    "\"Ada\" <ada@example.com>",
    "\"ada\"@example.com",
    "\"ada@eve\"@example.com",
    "\"ada eve\"@example.com",
    "ada\\@eve@example.com",
    "friends:ada@example.com;",
    "mailto:ada@example.com",
    "ada(eve)@example.com",
    "ada@example.com(eve)",
    "ada@example.com\r\nBcc: eve@example.com",
    "ada@example.com\nBcc: eve@example.com",
    "ada@example.com\rBcc:eve@example.com",
    "ada\r\n@example.com",
    "ada@example.com\n",
    "ada@example.com\0",
    "ada\u{7f}@example.com",
    "\tada@example.com",
    " ada@example.com",
    "ada@example.com ",
    "ada @example.com",
    "ada@ example.com",
    ".ada@example.com",
    "ada.@example.com",
    "ada..eve@example.com",
    "ada@.example.com",
    "ada@example.com.",
    "ada@example..com",
    "ada@-example.com",
    "ada@example-.com",
    "ada@exam_ple.com",
    "ada@[192.0.2.1]",
    "ada@[IPv6:2001:db8::1]",
    "=?utf-8?q?eve=40example.org=3e?=@example.com",
    "ada",
];

/// Addresses with a part that is too long: the local part, a label, the whole.
fn too_long() -> [String; 3] {
    let label = "x".repeat(63);
    let domain = format!("{label}.{label}.{label}");
    [format!("{}@example.com", "a".repeat(65)), format!("ada@{label}x.com"), format!("{}@{domain}.com", "a".repeat(60))]
}

/// The fields of an endpoint's body that take an email.
fn email_fields(document: &Value, entry: &Entry) -> Vec<String> {
    let method = entry.route.method.as_str().to_lowercase();
    let operation = &document["paths"][entry.route.path][&method];
    let properties = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
    let takes_email = |name: &str, schema: &Value| {
        name.contains("email") || schema["pattern"].as_str().is_some_and(|pattern| pattern.contains('@'))
    };
    let all = properties.as_object().into_iter().flatten().filter(|(name, schema)| takes_email(name, schema));
    all.map(|(name, _)| name.clone()).collect()
}

#[tokio::test]
async fn no_body_takes_anything_but_one_plain_address_as_an_email() {
    let app = TestApp::init().await;
    let (document, long, mut tried) = (catalogue::openapi(), too_long(), Vec::new());
    for entry in CATALOGUE {
        for field in email_fields(&document, entry) {
            for text in NO_PLAIN_ADDRESS.into_iter().chain(long.iter().map(String::as_str)) {
                let caller = admitted(&app, entry.level).await;
                let (path, body, _) = good_call(&app, entry.name, &caller).await;
                let mut body = body.unwrap();
                body[&field] = json!(text);
                let response = caller.call(entry.route, &path, Some(body)).await;
                assert_eq!(response.status, 422, "{} {text:?}: {}", entry.name, response.body);
                assert_eq!(fields(&response), [field.as_str()], "{} {text:?}: {}", entry.name, response.body);
            }
            tried.push(format!("{} {field}", entry.name));
        }
    }
    assert!(tried.len() >= 3, "{tried:?}");
}

/// Emails that were stored under older rules, or by another program.
const STORED: [&str; 4] = ["a b@example.com", "<ada@example.com>", "\u{e9}ve@example.com", "ada@x.org,eve@example.com"];

#[tokio::test]
async fn accounts_with_other_emails_can_be_read_and_changed_and_sign_in() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    for (at, odd) in STORED.into_iter().enumerate() {
        let (name, email) = (format!("user{at}"), format!("user{at}@example.com"));
        let id = app.create_user(&name, &email, Roles::default()).await.to_string();
        app.set("users", ("id", &id), "email", AttributeValue::S(odd.to_owned())).await;
        let identity = format!("email:{}", odd.to_ascii_lowercase());
        app.set("identities", ("identity", &identity), "user_id", AttributeValue::S(id.clone())).await;

        let user = app.sign_in(&name).await;
        if odd.bytes().all(|byte| byte.is_ascii_graphic()) {
            assert_eq!(app.sign_in(odd).await.id, user.id, "{odd}");
        }
        assert_eq!(user.get("/v1/users/me").await.json()["email"], odd);
        assert_eq!(staff.get(&format!("/v1/users/{id}")).await.json()["email"], odd);
        assert!(ids(&staff.get("/v1/users?limit=100").await).contains(&id), "{odd}");
        let named = user.patch("/v1/users/me", json!({ "first_name": "Ada" })).await;
        assert_eq!((named.status, &named.json()["email"]), (200, &json!(odd)), "{}", named.body);
        let change = json!({ "email": format!("new{at}@example.com"), "current_password": PASSWORD });
        let changed = user.patch("/v1/users/me", change).await;
        assert_eq!(changed.status, 200, "{odd}: {}", changed.body);
        let verify = json!({ "token": app.mailed_token(&format!("new{at}@example.com")).await });
        assert_eq!(user.post("/v1/auth/verify-email", verify).await.status, 204, "{odd}");
        let identities = app.items("identities").await;
        assert!(!identities.iter().any(|item| item["identity"].as_s() == Ok(&identity)), "{odd} is free again");
    }
}

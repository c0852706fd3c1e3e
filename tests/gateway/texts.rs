//! Text that shows nothing, or looks like other text, is refused by every endpoint that stores names.

use aws_sdk_dynamodb::types::AttributeValue;
use catalogue::CATALOGUE;
use serde_json::{Value, json};
use tests::problems::fields;
use tests::{PASSWORD, TestApp, admitted, good_call};

const MISLEADING: [&str; 6] = [" ", "\u{3000}\u{a0}", "\u{200b}", "a\u{200b}b", "a\u{202e}b", "\u{2066}a\u{2069}"];

/// The fields of an endpoint's body whose text follows a rule.
fn ruled_fields(document: &Value, entry: &api::Entry) -> Vec<String> {
    let method = entry.route.method.as_str().to_lowercase();
    let operation = &document["paths"][entry.route.path][&method];
    let properties = &operation["requestBody"]["content"]["application/json"]["schema"]["properties"];
    let ruled = properties.as_object().into_iter().flatten().filter(|(_, schema)| schema["pattern"].is_string());
    ruled.map(|(name, _)| name.clone()).collect()
}

/// Leaves out the fields of a body that can't be given together with `field`.
fn leave_out_alternatives(document: &Value, entry: &api::Entry, field: &str, body: &mut Value) {
    let method = entry.route.method.as_str().to_lowercase();
    let operation = &document["paths"][entry.route.path][&method];
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let rules = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
    for rule in rules.filter_map(|rule| rule["oneOf"].as_array()) {
        let names: Vec<&str> = rule.iter().filter_map(|one| one["required"][0].as_str()).collect();
        if names.contains(&field) {
            body.as_object_mut().unwrap().retain(|name, _| name == field || !names.contains(&name.as_str()));
        }
    }
}

#[tokio::test]
async fn no_body_takes_text_that_shows_nothing_or_changes_direction() {
    let app = TestApp::init().await;
    let document = catalogue::openapi();
    let mut tried = Vec::new();
    for entry in CATALOGUE {
        for field in ruled_fields(&document, entry) {
            for text in MISLEADING {
                let caller = admitted(&app, entry.level).await;
                let (path, body, _) = good_call(&app, entry.name, &caller).await;
                let mut body = body.unwrap();
                body[&field] = json!(text);
                leave_out_alternatives(&document, entry, &field, &mut body);
                let response = caller.call(entry.route, &path, Some(body)).await;
                assert_eq!(fields(&response), [field.as_str()], "{} {text:?}: {}", entry.name, response.body);
            }
            tried.push(format!("{} {field}", entry.name));
        }
    }
    assert!(tried.len() >= 9, "{tried:?}");
}

#[tokio::test]
async fn names_that_were_stored_under_older_rules_stay_readable() {
    let app = TestApp::init().await;
    let (user, staff) = (app.user().await, app.staff().await);
    let odd = "a\u{202e}\u{200b}";
    app.set("users", ("id", &user.id.to_string()), "first_name", AttributeValue::S(odd.to_owned())).await;
    assert_eq!(user.get("/v1/users/me").await.json()["first_name"], odd);
    assert_eq!(staff.get(&format!("/v1/users/{}", user.id)).await.json()["first_name"], odd);
}

#[tokio::test]
async fn no_username_is_the_id_of_an_account() {
    let app = TestApp::init().await;
    let user = app.user().await;
    for id in [user.id.to_string(), user.id.to_string().to_uppercase(), uuid::Uuid::nil().to_string()] {
        let new = json!({ "username": id, "email": "new@example.com", "password": PASSWORD });
        assert_eq!(fields(&app.anon().post("/v1/users", new).await), ["username"], "{id}");
        let change = json!({ "username": id, "current_password": PASSWORD });
        assert_eq!(fields(&user.patch("/v1/users/me", change).await), ["username"], "{id}");
    }
}

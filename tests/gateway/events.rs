//! Unusual events of the gateway.

use auth::Roles;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::{PASSWORD, TestApp};

use crate::{ask, assert_problem, context, event, signed};

#[tokio::test]
async fn no_stage_breaks_a_route_and_links_keep_its_prefix() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    for name in ["a", "b", "c"] {
        app.create_user(name, &format!("{name}@example.com"), Roles::default()).await;
    }
    for (at, (stage, path, prefix)) in [
        ("prod", "/prod/v1/users", "/prod"),
        ("prod", "/v1/users", ""),
        ("$default", "/v1/users", ""),
        ("$default", "/own/api/v1/users", "/own/api"),
        // Only a plain path may get into a link. Other text could make the link lead elsewhere.
        ("prod", "//evil.example/v1/users", ""),
        ("prod", "/<a>;rel=x/v1/users", ""),
        ("prod", "/\u{e9}/v1/users", ""),
        ("prod", "/somewhere/else", ""),
        ("prod", "", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let source = json!("192.0.2.1");
        let context_of_get = context("GET", stage, source.clone());
        let headers = signed(&staff);
        let changes = json!({ "requestContext": context_of_get, "headers": headers, "rawQueryString": "limit=1" });
        let listed = ask(&app, "users_list", event("GET", path, changes.clone())).await;
        assert_eq!(listed.status, 200, "{path}: {}", listed.body);
        let link = listed.header("link");
        let query = link.strip_prefix(&format!("<{prefix}/v1/users?")).and_then(|rest| rest.split_once('>'));
        let (query, rest) = query.unwrap_or_else(|| panic!("{path}: {link}"));
        assert_eq!(rest, r#"; rel="next""#, "{path}");

        let mut changes = changes;
        changes["rawQueryString"] = json!(query);
        let next = ask(&app, "users_list", event("GET", path, changes)).await;
        assert_eq!(next.status, 200, "{path}: {}", next.body);
        assert_ne!(next.json()[0]["id"], listed.json()[0]["id"], "{path}");

        let (username, email) = (format!("new{at}"), format!("new{at}@example.com"));
        let changes = json!({
            "requestContext": context("POST", stage, source),
            "body": json!({ "username": username, "email": email, "password": PASSWORD }).to_string(),
        });
        let created = ask(&app, "users_create", event("POST", path, changes)).await;
        assert_eq!(created.status, 201, "{path}: {}", created.body);
        let id = created.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(created.header("location"), format!("{prefix}/v1/users/{id}"), "{path}");
    }
}

#[tokio::test]
async fn any_query_string_gets_an_ordinary_response() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    app.user().await;
    for (query, bad) in [
        ("", None),
        ("&&=&", None),
        ("a+b", None),
        ("%20", None),
        ("%22", None),
        ("%zz", None),
        ("%ff", None),
        ("%00", None),
        ("%", None),
        ("a|b", None),
        ("a b=c d", None),
        ("a=1&a=2", None),
        ("a=\u{e9}\u{1f600}", None),
        ("x=%zz&limit=1", None),
        ("%6cimit=1", None),
        ("limit=1&limit=1", Some("limit")),
        ("limit=+1", Some("limit")),
        ("limit=1%20", Some("limit")),
        ("limit=1 ", Some("limit")),
        ("limit=%zz", Some("limit")),
        ("limit=1%00", Some("limit")),
        ("cursor=eyJhIjoxfQ==", Some("cursor")),
        ("cursor=%ff", Some("cursor")),
        ("cursor=%zz", Some("cursor")),
        ("cursor=%00", Some("cursor")),
        ("cursor=a b", Some("cursor")),
        ("cursor=a+b", Some("cursor")),
        ("cursor=|", Some("cursor")),
    ] {
        let changes = json!({ "headers": signed(&staff), "rawQueryString": query });
        let listed = ask(&app, "users_list", event("GET", "/v1/users", changes)).await;
        match bad {
            None => {
                assert_eq!(listed.status, 200, "{query}: {}", listed.body);
                let count = if query.ends_with("imit=1") { 1 } else { 2 };
                assert_eq!(listed.json().as_array().unwrap().len(), count, "{query}");
            }
            Some(field) => {
                assert_problem(&listed, 422, "validation_failed", query);
                assert_eq!(crate::fields(&listed), [field], "{query}");
            }
        }
    }
}

#[test]
fn plus_and_percent_20_are_spaces_and_bad_escapes_are_literal() {
    for (query, value) in [
        ("q=a+b", "a b"),
        ("q=a%20b", "a b"),
        ("q=a b", "a b"),
        ("q=a%2Bb", "a+b"),
        ("q=%22", "\""),
        ("q=%zz", "%zz"),
        ("q=%f", "%f"),
        ("q=%ff", "\u{fffd}"),
        ("q=%00", "\0"),
        ("q=a|b", "a|b"),
        ("q=a==", "a=="),
        ("q=%C3%A9", "\u{e9}"),
    ] {
        let event = event("GET", "/v1/users", json!({ "rawQueryString": query }));
        let request = api::Request::from_event(event, api::get("/v1/users"), "id").unwrap();
        let read: Vec<_> = request.query().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        assert_eq!(read, [("q".to_owned(), value.to_owned())], "{query}");
    }
}

#[tokio::test]
async fn a_body_in_base64_is_a_body() {
    let app = TestApp::init().await;
    let user = app.user().await;
    let good = STANDARD.encode(r#"{"first_name":"caf\u00e9"}  "#);
    assert!(good.ends_with('='));
    let not_utf8 = STANDARD.encode(b"{\"first_name\":\"\xff\"}");
    let json_type = Some("application/json");
    for (case, body, base64, content_type, status, code) in [
        ("base64", json!(good), true, json_type, 200, ""),
        ("base64 without a type", json!(good), true, None, 415, "media_type_unsupported"),
        ("base64 of text", json!(good), true, Some("text/plain"), 415, "media_type_unsupported"),
        ("base64 that is not said to be", json!(good), false, json_type, 400, "not_json"),
        ("not UTF-8", json!(not_utf8), true, json_type, 400, "not_json"),
        ("JSON said to be base64", json!("{}"), true, json_type, 400, "malformed_request"),
        ("wrong alphabet", json!("-_-_"), true, json_type, 400, "malformed_request"),
        ("no padding", json!(good.trim_end_matches('=')), true, json_type, 400, "malformed_request"),
        ("padding inside", json!("YQ==YQ=="), true, json_type, 400, "malformed_request"),
        ("a line break", json!(format!("{good}\n")), true, json_type, 400, "malformed_request"),
        ("empty", json!(""), false, json_type, 400, "not_json"),
        ("empty base64", json!(""), true, json_type, 400, "not_json"),
        ("null", Value::Null, false, json_type, 400, "not_json"),
        ("null without a type", Value::Null, false, None, 415, "media_type_unsupported"),
    ] {
        let mut headers = signed(&user);
        headers["content-type"] = json!(content_type);
        headers.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let changes = json!({ "headers": headers, "body": body, "isBase64Encoded": base64 });
        // A user may change names five times a minute.
        app.clock.advance_millis(12_000);
        let response = ask(&app, "users_me_update", event("PATCH", "/v1/users/me", changes)).await;
        if status == 200 {
            assert_eq!(response.status, 200, "{case}: {}", response.body);
            assert_eq!(response.json()["first_name"], "caf\u{e9}");
        } else {
            assert_problem(&response, status, code, case);
        }
    }
    let no_body = event("PATCH", "/v1/users/me", json!({ "headers": signed(&user) }));
    assert_problem(&ask(&app, "users_me_update", no_body).await, 400, "not_json", "no body");
}

#[tokio::test]
async fn odd_events_get_an_ordinary_response() {
    let app = TestApp::init().await;
    let staff = app.staff().await;
    for mut changes in [
        json!({ "headers": null }),
        json!({ "headers": {} }),
        json!({ "rawQueryString": null }),
        json!({ "queryStringParameters": null, "pathParameters": null, "stageVariables": null, "body": null }),
        json!({ "queryStringParameters": { "a": "1,2" }, "rawQueryString": "a=1&a=2" }),
        json!({ "cookies": ["a=b", "c=d; e", ""] }),
        json!({ "cookies": null }),
        json!({ "headers": { "Host": "[::1" } }),
        json!({ "headers": { "host": "a b" } }),
        json!({ "headers": { "host": "" } }),
        json!({ "headers": { "X-Forwarded-Proto": "" } }),
        json!({ "headers": { "x-forwarded-proto": "https, http", "x-forwarded-port": "x" } }),
        json!({ "headers": { "x-name": "\u{e9}\u{1f600}", "Host": "a", "host": "b" } }),
        json!({ "rawPath": null }),
        json!({ "rawPath": "/v1/users#a?b%zz c" }),
        json!({ "something": "new" }),
    ] {
        let health = ask(&app, "health", event("GET", "/v1/health", changes.clone())).await;
        assert_eq!((health.status, health.json()), (200, json!({ "status": "ok" })), "{changes}: {}", health.body);
        let headers = changes.as_object_mut().unwrap().entry("headers").or_insert_with(|| json!({}));
        if let Some(headers) = headers.as_object_mut() {
            headers.extend(signed(&staff).as_object().unwrap().clone());
            let listed = ask(&app, "users_list", event("GET", "/v1/users", changes.clone())).await;
            assert_eq!(listed.status, 200, "{changes}: {}", listed.body);
            assert_eq!(listed.json()[0]["username"], staff.username, "{changes}");
        }
    }
    let mut bare = event("GET", "/v1/health", json!({}));
    for name in ["headers", "rawQueryString", "rawPath", "isBase64Encoded", "routeKey", "version"] {
        bare.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(ask(&app, "health", bare).await.status, 200);
    // A control character spoils only its own header.
    let mut headers = signed(&staff);
    headers.as_object_mut().unwrap().extend([("a".to_owned(), json!("b\nc")), ("d".to_owned(), json!("\0"))]);
    let odd = event("GET", "/v1/users", json!({ "headers": headers }));
    assert_eq!(ask(&app, "users_list", odd).await.status, 200);
    let odd = event("GET", "/v1/users/me", json!({ "headers": { "authorization": "Bearer a.b\n.c" } }));
    assert_problem(&ask(&app, "users_me", odd).await, 401, "token_invalid", "a line break in a token");
    let headers = json!({ "content-type": "application/json\n" });
    let odd = event("POST", "/v1/auth/token", json!({ "headers": headers, "body": "{}" }));
    assert_problem(&ask(&app, "tokens_issue", odd).await, 415, "media_type_unsupported", "a line break in a type");
    let nameless = event("GET", "/v1/users/me", json!({ "headers": null }));
    assert_problem(&ask(&app, "users_me", nameless).await, 403, "token_missing", "no headers, so no token");
}

#[tokio::test]
async fn an_event_that_is_not_http_is_refused() {
    let app = TestApp::init().await;
    for event in [
        json!(null),
        json!([]),
        json!({}),
        json!("x"),
        json!(1),
        json!({ "requestContext": null }),
        json!({ "Records": [{ "eventSource": "aws:sqs", "body": "{}" }] }),
        json!({ "httpMethod": "GET", "path": "/v1/users", "headers": null, "requestContext": {} }),
    ] {
        for name in ["health", "users_create", "tokens_issue"] {
            let response = ask(&app, name, event.clone()).await;
            assert!(response.is(400, "malformed_request"), "{event}: {} {}", response.status, response.body);
            assert_eq!(response.header("content-type"), "application/problem+json", "{event}");
            assert_eq!(response.header("x-content-type-options"), "nosniff", "{event}");
            assert_eq!(response.header("cache-control"), "no-store", "{event}");
        }
    }
    // The response has the request id of the event, if the event has one.
    for headers in [json!({ "a b": "c" }), json!({ "": "c" }), json!({ "a": 1 }), json!("x")] {
        let odd = event("GET", "/v1/health", json!({ "headers": headers }));
        assert_problem(&ask(&app, "health", odd).await, 400, "malformed_request", &headers.to_string());
    }
    assert!(app.dynamo.take_calls().is_empty());
}

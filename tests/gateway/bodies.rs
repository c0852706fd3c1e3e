//! Malformed and unusual request bodies.

use axum::http::Method;
use serde_json::json;
use tests::{Client, Response, TestApp};

use crate::{assert_problem, send_raw};

const NOT_JSON: (u16, &str) = (400, "not_json");
const INVALID: (u16, &str) = (422, "validation_failed");
const TOO_LARGE: (u16, &str) = (413, "body_too_large");

fn members(count: usize) -> String {
    let all: Vec<_> = (0..count).map(|n| format!("\"{n:x}\":0")).collect();
    format!("{{{}}}", all.join(","))
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// Users who change their names in turn, because each may do so five times a minute.
struct Senders(Vec<Client>);

impl Senders {
    async fn new(app: &TestApp) -> Self {
        Self(vec![app.user().await, app.user().await, app.user().await])
    }

    /// Sends these bytes as the body of a name change.
    async fn send(&mut self, app: &TestApp, body: impl Into<axum::body::Body>) -> Response {
        self.0.rotate_left(1);
        app.clock.advance_millis(3000);
        send_raw(app, &self.0[0], Method::PATCH, "/v1/users/me", body).await
    }
}

#[tokio::test]
async fn every_body_gets_an_ordinary_response() {
    let app = TestApp::init().await;
    let mut senders = Senders::new(&app).await;
    let good = r#"{"first_name":"x","last_name":"1"}"#;
    let lists = nested("[", "]", 30_000);
    let objects = nested(r#"{"a":"#, "}", 10_000);
    let text = |text: &str| text.as_bytes().to_vec();
    for (case, body, (status, code)) in [
        ("empty", vec![], NOT_JSON),
        ("white space", text(" \n"), NOT_JSON),
        ("BOM", text(&format!("\u{feff}{good}")), NOT_JSON),
        ("UTF-16", good.encode_utf16().flat_map(u16::to_le_bytes).collect(), NOT_JSON),
        ("byte 0xFF in a string", b"{\"first_name\":\"\xff\",\"last_name\":\"1\"}".to_vec(), NOT_JSON),
        ("byte 0xFF alone", vec![0xff], NOT_JSON),
        ("overlong UTF-8", b"{\"first_name\":\"\xc0\x80\",\"last_name\":\"1\"}".to_vec(), NOT_JSON),
        ("NUL byte in a string", text("{\"first_name\":\"a\0b\",\"last_name\":\"1\"}"), NOT_JSON),
        ("NUL byte at the end", text(&format!("{good}\0")), NOT_JSON),
        ("line break in a string", text("{\"first_name\":\"a\nb\",\"last_name\":\"1\"}"), NOT_JSON),
        ("trailing text", text(&format!("{good}x")), NOT_JSON),
        ("trailing object", text(&format!("{good}{good}")), NOT_JSON),
        ("trailing comma", text(r#"{"first_name":"x","last_name":"1",}"#), NOT_JSON),
        ("cut short", text(r#"{"first_name":"x","last_name":"1""#), NOT_JSON),
        ("cut short after a duplicate", text(r#"{"first_name":"x","first_name":"y""#), NOT_JSON),
        ("single quotes", text("{'first_name':'x','last_name':'1'}"), NOT_JSON),
        ("no quotes", text(r#"{first_name:"x",last_name:"1"}"#), NOT_JSON),
        ("a comment", text(&format!("/**/{good}")), NOT_JSON),
        ("form", text("first_name=x&last_name=1"), NOT_JSON),
        ("NaN", text("NaN"), NOT_JSON),
        ("nul", text("nul"), NOT_JSON),
        ("lone surrogate as a member's name", text(r#"{"\ud800":1,"first_name":"x","last_name":"1"}"#), NOT_JSON),
        ("bad escape", text(r#"{"first_name":"\x","last_name":"1"}"#), NOT_JSON),
        ("60,000 x [", text(&"[".repeat(60_000)), NOT_JSON),
        ("10,000 x {\"a\":", text(&r#"{"a":"#.repeat(10_000)), NOT_JSON),
        ("open lists in an unknown member", text(&format!(r#"{{"z":{}"#, "[".repeat(60_000))), NOT_JSON),
        // The size is checked first.
        ("100,000 x [", text(&"[".repeat(100_000)), TOO_LARGE),
        ("10,000 members", text(&members(10_000)), TOO_LARGE),
        ("null", text("null"), INVALID),
        ("true", text("true"), INVALID),
        ("number", text("5"), INVALID),
        ("string", text(r#""x""#), INVALID),
        ("array", text("[]"), INVALID),
        ("array of values in order", text(r#"["x","1"]"#), INVALID),
        ("array with the object", text(&format!("[{good}]")), INVALID),
        ("deep lists", text(&lists), INVALID),
        ("deep objects", text(&objects), INVALID),
        (
            "deep lists in an unknown member",
            text(&format!(r#"{{"first_name":"x","last_name":"1","z":{lists}}}"#)),
            INVALID,
        ),
        (
            "deep objects in an unknown member",
            text(&format!(r#"{{"first_name":"x","last_name":"1","z":{objects}}}"#)),
            INVALID,
        ),
        ("deep lists as the name", text(&format!(r#"{{"first_name":{lists},"last_name":"1"}}"#)), INVALID),
        ("duplicate member", text(r#"{"first_name":"x","first_name":"y","last_name":"1"}"#), INVALID),
        ("duplicate member in disguise", text(r#"{"first_name":"x","first_n\u0061me":"y","last_name":"1"}"#), INVALID),
        ("duplicate unknown member", text(r#"{"z":1,"z":1,"first_name":"y","last_name":"1"}"#), INVALID),
        ("lone surrogate", text(r#"{"first_name":"\ud800","last_name":"1"}"#), INVALID),
        ("surrogates in the wrong order", text(r#"{"first_name":"\udc00\ud800","last_name":"1"}"#), INVALID),
        ("NUL", text(r#"{"first_name":"a\u0000b","last_name":"1"}"#), INVALID),
        ("control character", text(r#"{"first_name":"a\u001bb","last_name":"1"}"#), INVALID),
        ("blanks", text(r#"{"first_name":" \u3000","last_name":"1"}"#), INVALID),
        ("zero-width space", text(r#"{"first_name":"a\u200bb","last_name":"1"}"#), INVALID),
        ("right-to-left override", text(r#"{"first_name":"a\u202eb","last_name":"1"}"#), INVALID),
        ("C1 control character", text(r#"{"first_name":"a\u0085b","last_name":"1"}"#), INVALID),
        ("number too large as the name", text(r#"{"first_name":1e400,"last_name":"1"}"#), INVALID),
        ("60,000 characters", text(&format!(r#"{{"first_name":"{}","last_name":"1"}}"#, "x".repeat(60_000))), INVALID),
        ("6,000 members", text(&members(6_000)), INVALID),
        ("10,000 members of one name", text(&format!("{{{}\"\":0}}", "\"\":0,".repeat(10_000))), INVALID),
        ("list as the name", text(r#"{"first_name":["x"],"last_name":"1"}"#), INVALID),
        ("object as the name", text(r#"{"first_name":{"S":"x"},"last_name":"1"}"#), INVALID),
    ] {
        let response = senders.send(&app, body).await;
        assert_problem(&response, status, code, case);
        assert!(response.body.len() < 2_000, "{case}: {}", response.body);
    }
    for sender in &senders.0 {
        assert_eq!(sender.get("/v1/users/me").await.json()["first_name"], "", "nothing was changed");
    }

    // Unusual but valid JSON.
    for (case, body, name) in [
        ("white space around", format!(" \r\n\t{good}\n\n"), "x"),
        ("escapes", r#"{"first_n\u0061me":"\ud83d\ude00\"\\\/","last_name":"1"}"#.to_owned(), "\u{1f600}\"\\/"),
        ("markup", r#"{"first_name":"<script>' OR 1=1 --","last_name":"1"}"#.to_owned(), "<script>' OR 1=1 --"),
        ("other order", r#"{"last_name":"1","first_name":"x"}"#.to_owned(), "x"),
    ] {
        let response = senders.send(&app, body).await;
        assert_eq!((response.status, &response.json()["first_name"]), (200, &json!(name)), "{case}: {}", response.body);
    }
}

#[tokio::test]
async fn every_endpoint_with_a_body_refuses_invalid_bodies() {
    let app = TestApp::init().await;
    for path in [
        "/v1/users",
        "/v1/auth/token",
        "/v1/auth/token/refresh",
        "/v1/auth/token/revoke",
        "/v1/auth/verify-email",
        "/v1/auth/password-reset",
        "/v1/auth/password-reset/confirm",
    ] {
        for (body, (status, code)) in [
            ("", NOT_JSON),
            ("\u{feff}{}", NOT_JSON),
            ("{}{}", NOT_JSON),
            ("[", NOT_JSON),
            ("null", INVALID),
            ("[]", INVALID),
            ("{}", INVALID),
            (r#"{"a":1,"a":1}"#, INVALID),
            (r#"{"username":"\ud800","password":"\ud800","refresh_token":"\ud800"}"#, INVALID),
            (r#"{"username":[],"password":{},"refresh_token":1e400}"#, INVALID),
        ] {
            // Each call has its own address, because some endpoints are limited by address.
            let response = send_raw(&app, &app.anon(), Method::POST, path, body).await;
            assert_problem(&response, status, code, &format!("{path} {body}"));
        }
    }
    assert!(app.items("users").await.is_empty());
}

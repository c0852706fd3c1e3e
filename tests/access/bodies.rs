//! Every endpoint with a body takes plain JSON in UTF-8, and says so to clients that send anything else.

use api::{Entry, HOUR, LimitKey};
use axum::body::Body;
use axum::http::Request;
use catalogue::CATALOGUE;
use jiff::SignedDuration;
use tests::{Client, Response, TestApp, admitted, good_call};

const JSON: &str = "application/json";

/// `{}` with gzip (RFC 1952).
const GZIPPED: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xab, 0xae, 0x05, 0x00, 0x43, 0xbf, 0xa6, 0xa3, 0x02,
    0x00, 0x00, 0x00,
];

#[derive(Clone, Copy)]
struct Sent<'a> {
    route: api::Route,
    path: &'a str,
    /// `Content-Type`, and each `Content-Encoding`.
    headers: (&'a str, &'a [&'a str]),
    body: &'a [u8],
}

async fn send(app: &TestApp, caller: &Client, sent: Sent<'_>) -> Response {
    // No limit is reached.
    app.clock.advance(SignedDuration::from_secs(15));
    let request = Request::builder().method(sent.route.method.as_str()).uri(sent.path);
    let request = request.header("content-type", sent.headers.0);
    let request = sent.headers.1.iter().fold(request, |request, coding| request.header("content-encoding", *coding));
    caller.request(request.body(Body::from(sent.body.to_vec())).unwrap()).await
}

/// The caller after a pause, if the endpoint takes few calls an hour, and with a recent authentication.
async fn rested(app: &TestApp, entry: &Entry, caller: Client) -> Client {
    if !entry.limits.iter().any(|limit| limit.by == LimitKey::User && limit.window >= HOUR && limit.burst < 20) {
        return caller;
    }
    app.clock.advance(SignedDuration::from_mins(6));
    app.sign_in(&caller.username).await
}

#[tokio::test]
async fn no_body_may_be_compressed_or_have_another_charset() {
    let app = TestApp::init().await;
    let mut tried = 0;
    for entry in CATALOGUE {
        let caller = admitted(&app, entry.level).await;
        let (path, Some(good), success) = good_call(&app, entry.name, &caller).await else { continue };
        let good = good.to_string().into_bytes();
        let mut caller = caller;
        let plain = Sent { route: entry.route, path: &path, headers: (JSON, &[]), body: &good };
        for (codings, body) in [
            (&["gzip"][..], GZIPPED),
            (&["gzip"], &good),
            (&["br"], &good),
            (&["deflate"], &good),
            (&["zstd"], &good),
            (&["aws-chunked"], &good),
            (&["identity, gzip"], &good),
            (&["identity", "GZip"], &good),
            (&["\u{e9}"], &good),
        ] {
            caller = rested(&app, entry, caller).await;
            let response = send(&app, &caller, Sent { headers: (JSON, codings), body, ..plain }).await;
            assert!(response.is(415, "media_type_unsupported"), "{} {codings:?}: {}", entry.name, response.body);
            assert_eq!(response.header("accept-encoding"), "identity", "{} {codings:?}", entry.name);
        }
        for charset in ["iso-8859-1", "utf-16", "utf-7", "\"latin1\"", "utf-8;charset=ascii", "'utf-8'", ""] {
            let content_type = format!("{JSON}; charset={charset}");
            caller = rested(&app, entry, caller).await;
            let response = send(&app, &caller, Sent { headers: (&content_type, &[]), ..plain }).await;
            assert!(response.is(415, "media_type_unsupported"), "{} {charset}: {}", entry.name, response.body);
            assert_eq!(response.header("accept-encoding"), "", "{} {charset}", entry.name);
        }
        // A code of an authenticator would be too old by now.
        let (path, good, _) = good_call(&app, entry.name, &caller).await;
        let good = good.unwrap().to_string().into_bytes();
        let headers = ("application/json ;v=1; Charset=\"UTF-8\"", &["Identity"][..]);
        let response = send(&app, &caller, Sent { route: entry.route, path: &path, headers, body: &good }).await;
        assert_eq!(response.status, success, "{}: {}", entry.name, response.body);
        tried += 1;
    }
    assert!(tried > 10, "{tried}");
}

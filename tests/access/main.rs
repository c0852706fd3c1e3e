//! The access matrix: every endpoint of the catalogue, called by every kind of caller. Each endpoint needs a good call.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod audit;
mod bodies;
mod costs;
mod error_responses;
mod factor;
mod facts;
mod headers;
mod if_match;
mod once;

use std::collections::BTreeSet;

use api::Entry;
use auth::{Level, RECENT_SECONDS, Roles};
use aws_sdk_dynamodb::types::AttributeValue;
use catalogue::CATALOGUE;
use jiff::SignedDuration;
use local::{Grant, Template};
use serde_json::json;
use tests::{Client, Forge, TestApp, admitted, good_call};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    NoToken,
    Garbage,
    Expired,
    WrongKey,
    RevokedSession,
    Inactive,
    /// A caller of the endpoint's level who signed in a second too long ago to count as recent.
    NotRecent,
    User,
    Staff,
    Superuser,
}

const EVERYBODY: [Who; 10] = [
    Who::NoToken,
    Who::Garbage,
    Who::Expired,
    Who::WrongKey,
    Who::RevokedSession,
    Who::Inactive,
    Who::NotRecent,
    Who::User,
    Who::Staff,
    Who::Superuser,
];

/// The challenge of RFC 9470, section 3.
const STEP_UP: &str = r#"Bearer error="insufficient_user_authentication", error_description="A recent authentication is required", max_age=300"#;

/// A caller with a bad token holds every role, so that only the token can be the reason for a refusal.
async fn caller(app: &TestApp, who: Who, level: Level) -> Client {
    let every_role = Roles { is_staff: true, is_superuser: true };
    match who {
        Who::NoToken => app.anon(),
        Who::Garbage => app.anon().with_token("not.a.token"),
        Who::Expired => {
            let caller = app.with_roles(every_role).await;
            app.clock.advance(SignedDuration::from_secs(15 * 60 + 5));
            caller
        }
        Who::WrongKey => {
            let caller = app.with_roles(every_role).await;
            let stranger = Forge::new(&"ab".repeat(32));
            let claims = Forge::claims(caller.token.as_deref().unwrap());
            caller.with_token(stranger.sign(&stranger.header(), &claims))
        }
        Who::RevokedSession => {
            let caller = app.with_roles(every_role).await;
            let revoked = caller.post("/v1/auth/token/revoke", json!({ "refresh_token": caller.refresh_token })).await;
            assert_eq!(revoked.status, 204);
            caller
        }
        Who::Inactive => {
            let caller = app.with_roles(every_role).await;
            app.set("users", ("id", &caller.id.to_string()), "is_active", AttributeValue::Bool(false)).await;
            caller
        }
        Who::NotRecent => {
            let caller = admitted(app, level).await;
            app.clock.advance(SignedDuration::from_secs(RECENT_SECONDS + 1));
            caller
        }
        Who::User => app.user().await,
        Who::Staff => app.staff().await,
        Who::Superuser => app.superuser().await,
    }
}

/// The error that the contract demands. `None`: the call succeeds.
fn refusal(entry: &Entry, who: Who) -> Option<(u16, &'static str)> {
    match (entry.level, who) {
        (Level::Public, _) | (Level::Maybe, Who::NoToken) => None,
        (_, Who::NoToken) => Some((403, "token_missing")),
        (_, Who::Expired) => Some((401, "token_expired")),
        (_, Who::Garbage | Who::WrongKey | Who::RevokedSession | Who::Inactive) => Some((401, "token_invalid")),
        (_, Who::NotRecent) if entry.recent => Some((401, "reauthentication_required")),
        (Level::Staff, Who::User | Who::Superuser) => Some((403, "staff_required")),
        (Level::Superuser, Who::User | Who::Staff) => Some((403, "superuser_required")),
        _ => None,
    }
}

#[tokio::test]
async fn every_endpoint_admits_exactly_the_callers_of_its_level() {
    let app = TestApp::init().await;
    let mut faults = Vec::new();
    for entry in CATALOGUE {
        for who in EVERYBODY {
            let caller = caller(&app, who, entry.level).await;
            let (path, body, success) = good_call(&app, entry.name, &caller).await;
            let response = caller.call(entry.route, &path, body).await;
            let (status, code) = match (entry.name, who) {
                // Superusers can't erase their account, so that one always remains.
                ("users_me_erase", Who::Superuser) => (409, "superuser_account"),
                _ => refusal(entry, who).unwrap_or((success, "")),
            };
            if !response.is(status, code) {
                faults.push(format!("{} as {who:?}: {} {}", entry.name, response.status, response.body));
            }
            let challenge = response.header("www-authenticate");
            assert_eq!(status == 401, challenge.starts_with("Bearer"), "{} as {who:?}", entry.name);
            if code == "reauthentication_required" {
                assert_eq!(challenge, STEP_UP, "{}", entry.name);
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_endpoint_has_the_grants_that_its_good_call_needs() {
    let app = TestApp::init().await;
    let functions = Template::ours().unwrap().functions().unwrap();
    for entry in CATALOGUE {
        let caller = admitted(&app, entry.level).await;
        let (path, body, success) = good_call(&app, entry.name, &caller).await;
        // Each endpoint gets a new process, which remembers nothing from calls of other endpoints.
        let process = app.second_process();
        let caller = process.anon_like(&caller);
        app.dynamo.take_calls();
        let response = caller.call(entry.route, &path, body).await;
        assert_eq!(response.status, success, "{}: {}", entry.name, response.body);
        let done: BTreeSet<Grant> = app.dynamo.take_calls().iter().flat_map(|call| call.grants()).collect();
        let function = functions.iter().find(|function| function.binary == entry.name).unwrap();
        let granted = &function.grants;
        let covered = |grant: &&Grant| granted.iter().any(|granted| granted.covers(grant));
        let missing: Vec<&Grant> = done.iter().filter(|grant| !covered(grant)).collect();
        assert!(missing.is_empty(), "{} is not granted {missing:?}", entry.name);
    }
}

//! Calls the handler with events of API Gateway, over keys and accounts in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use auth::{
    AccountState, AccountStates, BoxFuture, Epoch, Guard, KeyId, OsEntropy, PublishedKey, PublishedKeys, Roles,
};
use auth::{
    SessionId, SessionState, SigningKey, SigningSeed, SourceError, TokenPolicy, TokenSubject, UserId, UserState,
};
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Body, Response};
use serde_json::{Value, json};

/// Published keys in memory.
struct Keys(HashMap<KeyId, PublishedKey>);

impl PublishedKeys for Keys {
    fn key<'a>(&'a self, id: &'a KeyId) -> BoxFuture<'a, Result<Option<PublishedKey>, SourceError>> {
        Box::pin(async { Ok(self.0.get(id).cloned()) })
    }
}

/// Accounts and sessions in memory. `None`: they can't be read.
#[derive(Clone)]
struct Accounts(Arc<Mutex<Option<Records>>>);

struct Records {
    users: HashMap<UserId, UserState>,
    sessions: HashMap<SessionId, SessionState>,
}

impl AccountStates for Accounts {
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>> {
        Box::pin(async move {
            let records = self.0.lock().map_err(|_| "poisoned")?;
            let records = records.as_ref().ok_or("the accounts can't be read")?;
            let (user, session) = (records.users.get(&user), records.sessions.get(&session));
            Ok(AccountState { user: user.copied(), session: session.copied(), record: None })
        })
    }
}

const NOBODY: Roles = Roles { is_staff: false, is_superuser: false };
const STAFF: Roles = Roles { is_staff: true, is_superuser: false };
const SUPERUSER: Roles = Roles { is_staff: false, is_superuser: true };

/// The handler with one key and one account, signed in once.
struct Setup {
    guard: Guard,
    accounts: Accounts,
    signer: SigningKey,
    user: UserId,
    session: SessionId,
}

impl Setup {
    fn new(roles: Roles) -> Self {
        let now = Timestamp::now();
        let later = now + SignedDuration::from_hours(24);
        let signer =
            SigningKey::new(&SigningSeed::parse(&SigningSeed::generate(&OsEntropy).unwrap()).unwrap()).unwrap();
        let key = PublishedKey { key: signer.public().clone(), lease_until: later, revoked: false };
        let keys = Keys(HashMap::from([(signer.public().id().clone(), key)]));
        let user = UserId::new(now, &OsEntropy).unwrap();
        let session = SessionId::new(now, &OsEntropy).unwrap();
        let live = SessionState {
            user_id: user,
            epoch: 0,
            revoked: false,
            expires_at: later,
            signed_in_at: now,
            authenticated_at: now,
            has_factor: false,
            wrong_passwords: 0,
        };
        let records = Records {
            users: HashMap::from([(
                user,
                UserState {
                    is_active: true,
                    roles,
                    epoch: Epoch { number: 0, kept: None, takes_factor: false },
                    password_set_at: None,
                },
            )]),
            sessions: HashMap::from([(session, live)]),
        };
        let accounts = Accounts(Arc::new(Mutex::new(Some(records))));
        Self { guard: Guard::new(keys, accounts.clone(), policy("our-api")), accounts, signer, user, session }
    }

    /// A token for `audience`, issued `age` ago.
    fn token_of(&self, audience: &str, roles: Roles, age: SignedDuration) -> String {
        let at = Timestamp::now() - age;
        let whose = TokenSubject::by_password(self.user, self.session, roles, at);
        auth::issue(&self.signer, &policy(audience), &whose, at, &OsEntropy).unwrap()
    }

    fn token(&self, roles: Roles) -> String {
        self.token_of("our-api", roles, SignedDuration::ZERO)
    }

    /// Changes the account from now on.
    fn change(&self, change: impl FnOnce(&mut UserState)) {
        change(self.accounts.0.lock().unwrap().as_mut().unwrap().users.get_mut(&self.user).unwrap());
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Response<Body> {
        let headers = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
            "headers": headers.unwrap_or_else(|| json!({})), "isBase64Encoded": false,
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com", "requestId": "id",
                "routeKey": "$default", "stage": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
                "http": {
                    "method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": ""
                }
            }
        });
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        own_lambda::handle(&self.guard, request).await
    }

    /// The status and code of the response, which must be a refusal.
    async fn refused(&self, path: &str, token: Option<&str>) -> (u16, String) {
        let response = self.get(path, token).await;
        let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap());
        let expected = (response.status() == 401).then_some(r#"Bearer error="invalid_token""#);
        assert_eq!(challenge, expected, "{}", response.status());
        (response.status().as_u16(), body(&response)["code"].as_str().unwrap_or_default().to_owned())
    }
}

fn policy(audience: &str) -> TokenPolicy {
    TokenPolicy::new("our-issuer", audience)
}

fn body(response: &Response<Body>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn is(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn nobody_passes_without_a_good_token() {
    let setup = Setup::new(STAFF);
    let good = setup.token(STAFF);
    let expired = setup.token_of("our-api", STAFF, SignedDuration::from_mins(16));
    let for_another_api = setup.token_of("another-api", STAFF, SignedDuration::ZERO);
    let of_another_key = Setup::new(STAFF).token(STAFF);
    for path in ["/mine", "/staff", "/superuser"] {
        assert_eq!(setup.refused(path, None).await, is(403, "token_missing"));
        assert_eq!(setup.refused(path, Some("")).await, is(403, "token_missing"));
        assert_eq!(setup.refused(path, Some("not.a.token")).await, is(401, "token_invalid"));
        assert_eq!(setup.refused(path, Some("caf\u{e9}")).await, is(401, "token_invalid"));
        assert_eq!(setup.refused(path, Some(&good[1..])).await, is(401, "token_invalid"));
        assert_eq!(setup.refused(path, Some(&expired)).await, is(401, "token_expired"));
        assert_eq!(setup.refused(path, Some(&for_another_api)).await, is(401, "token_invalid"));
        assert_eq!(setup.refused(path, Some(&of_another_key)).await, is(401, "token_invalid"));
    }
    assert_eq!(setup.get("/staff", Some(&good)).await.status(), 200);
}

#[tokio::test]
async fn each_route_admits_its_level_only() {
    let (staff, superuser) = (is(403, "staff_required"), is(403, "superuser_required"));
    for (roles, at_staff, at_superuser) in
        [(NOBODY, Some(&staff), Some(&superuser)), (STAFF, None, Some(&superuser)), (SUPERUSER, Some(&staff), None)]
    {
        let setup = Setup::new(roles);
        let token = setup.token(roles);
        for (path, refusal) in [("/mine", None), ("/staff", at_staff), ("/superuser", at_superuser)] {
            match refusal {
                None => assert_eq!(setup.get(path, Some(&token)).await.status(), 200, "{path} {roles:?}"),
                Some(refusal) => assert_eq!(setup.refused(path, Some(&token)).await, *refusal, "{path} {roles:?}"),
            }
        }
    }
}

#[tokio::test]
async fn callers_get_their_own() {
    let setup = Setup::new(NOBODY);
    let response = setup.get("/mine", Some(&setup.token(NOBODY))).await;
    assert_eq!(body(&response), json!({ "user_id": setup.user, "session_id": setup.session }));
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn a_demotion_and_a_deactivation_work_on_the_next_request() {
    let setup = Setup::new(STAFF);
    let token = setup.token(STAFF);
    assert_eq!(setup.get("/staff", Some(&token)).await.status(), 200);
    setup.change(|user| user.roles = NOBODY);
    assert_eq!(setup.refused("/staff", Some(&token)).await, is(403, "staff_required"));
    assert_eq!(setup.get("/mine", Some(&token)).await.status(), 200);
    setup.change(|user| user.is_active = false);
    assert_eq!(setup.refused("/mine", Some(&token)).await, is(401, "token_invalid"));
}

#[tokio::test]
async fn roles_that_only_the_token_claims_do_not_count() {
    let setup = Setup::new(NOBODY);
    assert_eq!(setup.refused("/staff", Some(&setup.token(STAFF))).await, is(403, "staff_required"));
    assert_eq!(setup.refused("/superuser", Some(&setup.token(SUPERUSER))).await, is(403, "superuser_required"));
}

#[tokio::test]
async fn unreadable_accounts_are_a_503() {
    let setup = Setup::new(STAFF);
    *setup.accounts.0.lock().unwrap() = None;
    assert_eq!(setup.refused("/staff", Some(&setup.token(STAFF))).await, is(503, "unavailable"));
    assert_eq!(setup.get("/staff", Some(&setup.token(STAFF))).await.headers()["retry-after"], "1");
}

#[tokio::test]
async fn there_are_no_other_routes() {
    let setup = Setup::new(STAFF);
    assert_eq!(setup.refused("/staff/", Some(&setup.token(STAFF))).await, is(404, "not_found"));
}

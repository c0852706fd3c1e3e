//! The facts that levels judge, at the probes: kind, roles, scopes, recent authentication and second factor, of the token
//! and of the stored records, and the order of the refusals.

use std::collections::HashMap;

use auth::{AgentState, ClientId, Clock, OsEntropy, Scope, Scopes};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::probes::{Probe, Probes, Write, agent};
use tests::{Client, Forge, Response, SEED, TestApp};

/// An answer of a probe: the code, or `""` for success.
type Code = &'static str;

const OK: Code = "";
const MISSING: Code = "token_missing";
const INVALID: Code = "token_invalid";
const EXPIRED: Code = "token_expired";
const NOT_STAFF: Code = "staff_required";
const NOT_SUPER: Code = "superuser_required";
const NOT_USER: Code = "user_required";
const NO_SCOPE: Code = "scope_required";
/// `reauthentication_required`, for lack of a recent authentication, of a factor, or of both.
const RECENT: Code = "max_age=300";
const FACTOR: Code = r#"acr_values="mfa""#;
const BOTH: Code = r#"max_age=300, acr_values="mfa""#;

/// What each caller gets at each probe, in the order of [`Probe::ALL`].
#[rustfmt::skip]
const CONTRACT: &[(&str, [Code; 7])] = &[
    //                       Recent     Recent     Recent     Scoped    Either     Staff      Recent staff
    //                       signed in  staff      superuser                       + factor   + factor
    ("no token",            [MISSING,   MISSING,   MISSING,   MISSING,  MISSING,   MISSING,   MISSING]),
    ("expired",             [EXPIRED,   EXPIRED,   EXPIRED,   EXPIRED,  EXPIRED,   EXPIRED,   EXPIRED]),
    ("user",                [OK,        NOT_STAFF, NOT_SUPER, NO_SCOPE, NOT_STAFF, NOT_STAFF, NOT_STAFF]),
    ("user, old",           [RECENT,    NOT_STAFF, NOT_SUPER, NO_SCOPE, NOT_STAFF, NOT_STAFF, NOT_STAFF]),
    ("user, factor",        [OK,        NOT_STAFF, NOT_SUPER, NO_SCOPE, NOT_STAFF, NOT_STAFF, NOT_STAFF]),
    ("staff",               [OK,        OK,        NOT_SUPER, NO_SCOPE, OK,        FACTOR,    FACTOR]),
    ("staff, 300 s",        [OK,        OK,        NOT_SUPER, NO_SCOPE, OK,        FACTOR,    FACTOR]),
    ("staff, old",          [RECENT,    RECENT,    NOT_SUPER, NO_SCOPE, OK,        FACTOR,    BOTH]),
    ("staff, factor",       [OK,        OK,        NOT_SUPER, NO_SCOPE, OK,        OK,        OK]),
    ("staff, factor, old",  [RECENT,    RECENT,    NOT_SUPER, NO_SCOPE, OK,        OK,        RECENT]),
    ("superuser",           [OK,        NOT_STAFF, OK,        NO_SCOPE, NOT_STAFF, NOT_STAFF, NOT_STAFF]),
    ("superuser, old",      [RECENT,    NOT_STAFF, RECENT,    NO_SCOPE, NOT_STAFF, NOT_STAFF, NOT_STAFF]),
    ("older version",       [RECENT,    RECENT,    NOT_SUPER, NO_SCOPE, OK,        FACTOR,    BOTH]),
    ("revoked session",     [INVALID,   INVALID,   NOT_SUPER, NO_SCOPE, INVALID,   FACTOR,    FACTOR]),
    ("agent",               [NOT_USER,  NOT_USER,  NOT_USER,  OK,       OK,        NOT_USER,  NOT_USER]),
    ("agent, other scope",  [NOT_USER,  NOT_USER,  NOT_USER,  NO_SCOPE, NO_SCOPE,  NOT_USER,  NOT_USER]),
    ("agent, narrowed",     [NOT_USER,  NOT_USER,  NOT_USER,  NO_SCOPE, NO_SCOPE,  NOT_USER,  NOT_USER]),
    ("agent, widened",      [NOT_USER,  NOT_USER,  NOT_USER,  NO_SCOPE, NO_SCOPE,  NOT_USER,  NOT_USER]),
    ("agent, revoked",      [NOT_USER,  NOT_USER,  NOT_USER,  INVALID,  INVALID,   NOT_USER,  NOT_USER]),
    ("agent, expired",      [NOT_USER,  NOT_USER,  NOT_USER,  INVALID,  INVALID,   NOT_USER,  NOT_USER]),
    ("agent, unknown",      [NOT_USER,  NOT_USER,  NOT_USER,  INVALID,  INVALID,   NOT_USER,  NOT_USER]),
    ("sid and client_id",   [INVALID,   INVALID,   INVALID,   INVALID,  INVALID,   INVALID,   INVALID]),
    ("sid and scope",       [INVALID,   INVALID,   INVALID,   INVALID,  INVALID,   INVALID,   INVALID]),
    // Good claims, and the stored records say otherwise, in the same order.
    ("staff no longer",     [OK,        NOT_STAFF, NOT_SUPER, NO_SCOPE, NOT_STAFF, FACTOR,    FACTOR]),
    ("ahead of the row",    [RECENT,    RECENT,    NOT_SUPER, NO_SCOPE, OK,        OK,        RECENT]),
    ("row without factor",  [OK,        OK,        NOT_SUPER, NO_SCOPE, OK,        FACTOR,    FACTOR]),
    ("neither in the row",  [RECENT,    RECENT,    NOT_SUPER, NO_SCOPE, OK,        FACTOR,    BOTH]),
    ("nothing in the row",  [RECENT,    NOT_STAFF, NOT_SUPER, NO_SCOPE, NOT_STAFF, NOT_STAFF, NOT_STAFF]),
];

/// The callers of [`CONTRACT`]. Their tokens are signed with the stack's key.
struct Callers {
    app: TestApp,
    forge: Forge,
    agents: HashMap<ClientId, AgentState>,
}

impl Callers {
    async fn new() -> Self {
        Self { app: TestApp::init().await, forge: Forge::new(SEED), agents: HashMap::new() }
    }

    /// The token of `caller` with these claims. `null` removes a claim.
    fn with(&self, caller: &Client, changes: Value) -> Client {
        let mut claims = Forge::claims(caller.token.as_ref().unwrap());
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        caller.with_token(self.forge.sign(&self.forge.header(), &claims))
    }

    fn now(&self) -> i64 {
        self.app.clock.now().as_second()
    }

    /// The caller, whose sign-in was `seconds` ago, by the token and by the row.
    async fn ago(&self, caller: &Client, seconds: i64) -> Client {
        self.set(caller, "created_at", AttributeValue::N(((self.now() - seconds) * 1000).to_string())).await;
        self.with(caller, json!({ "auth_time": self.now() - seconds }))
    }

    /// The caller, who gave two factors, by the token and by the row.
    async fn factor(&self, caller: &Client) -> Client {
        self.set(caller, "amr", AttributeValue::S("pwd otp mfa".to_owned())).await;
        self.with(caller, json!({ "acr": "mfa" }))
    }

    async fn set(&self, caller: &Client, attribute: &str, value: AttributeValue) {
        let session = Forge::claims(caller.token.as_ref().unwrap())["sid"].as_str().unwrap().to_owned();
        self.app.set("sessions", ("id", &session), attribute, value).await;
    }

    async fn demote(&self, caller: &Client) {
        self.app.set("users", ("id", &caller.id.to_string()), "is_staff", AttributeValue::Bool(false)).await;
    }

    /// A service key whose token claims the scope, with this state. `None`: it does not exist.
    fn agent(&mut self, claimed: &str, state: Option<(&str, bool, i64)>) -> Client {
        let id = ClientId::new(self.app.clock.now(), &OsEntropy).unwrap();
        if let Some((scopes, revoked, lives)) = state {
            let expires_at = self.app.clock.now() + SignedDuration::from_secs(lives);
            self.agents.insert(id, AgentState { scopes: Scopes::parse(scopes), revoked, expires_at });
        }
        agent(&self.app, id, claimed)
    }

    async fn caller(&mut self, who: &str) -> Client {
        let (good, other) = ("orders:read probes:write", "orders:read probes:writer");
        match who {
            "no token" => self.app.anon(),
            "agent" => self.agent(good, Some((good, false, 1))),
            "agent, other scope" => self.agent(other, Some((good, false, 1))),
            "agent, narrowed" => self.agent(good, Some((other, false, 1))),
            "agent, widened" => self.agent("", Some((good, false, 1))),
            "agent, revoked" => self.agent(good, Some((good, true, 1))),
            "agent, expired" => self.agent(good, Some((good, false, 0))),
            "agent, unknown" => self.agent(good, None),
            _ => self.user(who).await,
        }
    }

    async fn user(&self, who: &str) -> Client {
        let (user, staff) = (self.app.user().await, self.app.staff().await);
        let superuser = self.app.superuser().await;
        let now = self.now();
        match who {
            "expired" => self.with(&staff, json!({ "iat": now - 905, "exp": now - 5, "auth_time": now - 905 })),
            "user" => user,
            "user, old" => self.ago(&user, 301).await,
            "user, factor" => self.factor(&user).await,
            "staff" => staff,
            "staff, 300 s" => self.ago(&staff, 300).await,
            "staff, old" => self.ago(&staff, 301).await,
            "staff, factor" => self.factor(&staff).await,
            "staff, factor, old" => self.factor(&self.ago(&staff, 301).await).await,
            "superuser" => superuser,
            "superuser, old" => self.ago(&superuser, 301).await,
            "older version" => self.with(&staff, json!({ "auth_time": null, "acr": null, "amr": null })),
            "sid and client_id" => self.with(&staff, json!({ "client_id": staff.id })),
            "sid and scope" => self.with(&staff, json!({ "scope": Write::NAME })),
            "revoked session" => {
                self.set(&staff, "revoked_at", AttributeValue::N("1".to_owned())).await;
                staff
            }
            _ => self.contradicted(who, staff).await,
        }
    }

    /// Staff whose claims are good, and whose stored records say otherwise.
    async fn contradicted(&self, who: &str, staff: Client) -> Client {
        let ahead = async || self.ago(&staff, 301).await;
        let now = json!({ "auth_time": self.now() });
        match who {
            "staff no longer" => {
                self.demote(&staff).await;
                staff
            }
            "ahead of the row" => self.with(&self.factor(&ahead().await).await, now),
            "row without factor" => self.with(&staff, json!({ "acr": "mfa" })),
            "neither in the row" => {
                ahead().await;
                self.with(&staff, json!({ "acr": "mfa" }))
            }
            "nothing in the row" => {
                ahead().await;
                self.demote(&staff).await;
                self.with(&staff, json!({ "acr": "mfa" }))
            }
            _ => panic!("nobody is called {who}"),
        }
    }
}

/// What a probe answered, as [`CONTRACT`] has it. Panics if the status or the challenge does not fit the code.
fn answer(who: &str, probe: Probe, response: &Response) -> String {
    let case = format!("{who} at {probe:?}");
    let (status, code, challenge) = (response.status, response.code(), response.header("www-authenticate"));
    match code.as_str() {
        OK => assert_eq!((status, challenge), (204, ""), "{case}"),
        "reauthentication_required" => {
            assert_eq!(status, 401, "{case}");
            return step_up(&case, challenge);
        }
        INVALID | EXPIRED => {
            assert!(status == 401 && challenge.starts_with(r#"Bearer error="invalid_token""#), "{case}: {challenge}");
        }
        _ => assert_eq!((status, challenge), (403, ""), "{case}"),
    }
    code
}

/// The parameters of a challenge of RFC 9470.
fn step_up(case: &str, challenge: &str) -> String {
    let rest = challenge.strip_prefix(r#"Bearer error="insufficient_user_authentication", error_description=""#);
    let rest = rest.unwrap_or_else(|| panic!("{case}: {challenge}"));
    let (description, rest) = rest.split_once(r#"", "#).unwrap();
    assert!(description.is_ascii() && !description.contains(['"', '\\']), "{case}: {challenge}");
    rest.to_owned()
}

#[tokio::test]
async fn every_level_judges_the_facts_of_the_token_and_then_those_that_are_stored() {
    let mut callers = Callers::new().await;
    let mut faults = Vec::new();
    for (who, contract) in CONTRACT {
        let caller = callers.caller(who).await;
        let probes = Probes::new(&callers.app, callers.agents.clone());
        for (probe, expected) in Probe::ALL.into_iter().zip(contract) {
            let response = probes.call(probe, &caller).await;
            let got = answer(who, probe, &response);
            if got != *expected {
                faults.push(format!("{who} at {probe:?}: {got:?}, not {expected:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether a call is refused for its claims alone, with the key known.
fn by_claims(who: &str, code: Code) -> bool {
    let by_rows = match who {
        "agent, narrowed" => code == NO_SCOPE,
        "staff no longer" => code == NOT_STAFF,
        "nothing in the row" => [NOT_STAFF, RECENT].contains(&code),
        "ahead of the row" | "row without factor" | "neither in the row" => [RECENT, FACTOR, BOTH].contains(&code),
        "revoked session" | "agent, revoked" | "agent, expired" | "agent, unknown" => code == INVALID,
        _ => false,
    };
    code != OK && !by_rows
}

#[tokio::test]
async fn claims_that_do_not_satisfy_the_level_are_refused_before_a_record_is_read() {
    let mut callers = Callers::new().await;
    for (who, contract) in CONTRACT {
        let caller = callers.caller(who).await;
        let probes = Probes::new(&callers.app, callers.agents.clone());
        for probe in [Probe::RecentSignedIn, Probe::Factor] {
            // Reads the key, which both guards remember.
            probes.call(probe, &callers.app.user().await).await;
        }
        for (probe, expected) in Probe::ALL.into_iter().zip(contract) {
            callers.app.dynamo.take_calls();
            let before = probes.agents_read();
            probes.call(probe, &caller).await;
            let read = callers.app.dynamo.take_calls().len() + probes.agents_read() - before;
            assert_eq!(read, usize::from(!by_claims(who, expected)), "{who} at {probe:?}");
        }
    }
}

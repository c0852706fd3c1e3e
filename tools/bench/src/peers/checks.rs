//! Whether the peers answer as our functions do, and check as much. Nothing is measured before.

use api::Entry;
use auth::SessionId;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{Client, Forge, PASSWORD, SEED};

use super::calls::{SigningIn, sign_in};
use super::probe::{Answer, Probe};
use super::sign_ins;
use super::stack::{Builds, HASHES, Stack};
use crate::fixture::{Event, Fixture};
use crate::process::Process;

const WRONG: &str = "eight-careless-ferrets";

/// Sends calls with one right answer to all stacks.
pub async fn check(builds: &Builds, entry: &'static Entry, fixture: &Fixture) -> Result<(), String> {
    let probes = probes(entry, fixture).await?;
    let mut ours = builds.start(Stack::Ours, entry.name, fixture).await?;
    let mut right = Vec::new();
    for probe in &probes {
        let answer = answered(&mut ours, &probe.event).await?;
        probe.check(Stack::Ours, &answer, &answer)?;
        right.push(answer);
    }
    ours.end().await;
    for stack in [Stack::Python, Stack::Node] {
        let mut process = builds.start(stack, entry.name, fixture).await?;
        for (probe, right) in probes.iter().zip(&right) {
            let answer = answered(&mut process, &probe.event).await?;
            probe.check(stack, &answer, right)?;
            if entry.name == HASHES && answer.status == 200 {
                accepted(&answer, fixture).await.map_err(|cause| format!("{}, {cause}", stack.name()))?;
            }
        }
        process.end().await;
    }
    if entry.name == HASHES { sign_ins::check(builds, entry, fixture).await } else { Ok(()) }
}

async fn answered(process: &mut Process, event: &Event) -> Result<Answer, String> {
    Answer::read(&process.invoke(event.event.clone()).await?.response)
}

/// Checks that our functions accept the tokens of a sign-in.
async fn accepted(answer: &Answer, fixture: &Fixture) -> Result<(), String> {
    fixture.set_clock();
    let client = fixture.app.anon().with_token(answer.text("access_token"));
    let me = client.get("/v1/users/me").await;
    let refresh = json!({ "refresh_token": answer.text("refresh_token") });
    let refreshed = fixture.app.anon().post("/v1/auth/token/refresh", refresh).await;
    match (me.status, refreshed.status) {
        (200, 200) => Ok(()),
        _ => Err(format!("our functions refuse the tokens: {} {}", me.body, refreshed.body)),
    }
}

async fn probes(entry: &'static Entry, fixture: &Fixture) -> Result<Vec<Probe>, String> {
    fixture.set_clock();
    match entry.name {
        HASHES => of_sign_in(entry, fixture).await,
        _ if entry.level.admits_anyone() => of_read(entry, fixture).await,
        _ => of_account(entry, fixture).await,
    }
}

async fn of_read(entry: &'static Entry, fixture: &Fixture) -> Result<Vec<Probe>, String> {
    let good = fixture.event(entry).await?;
    let nobody = SessionId::new(Timestamp::now(), &auth::OsEntropy).map_err(|error| error.to_string())?;
    let (head, tail) = entry.route.path.split_once('{').ok_or("no parameter")?;
    let path = format!("{head}{nobody}{}", tail.split_once('}').map_or("", |(_, tail)| tail));
    let missing = fixture.event_of(entry, &fixture.app.anon(), (path, None, 404)).await?;
    Ok(vec![
        Probe { what: "a good call", event: good, code: None },
        Probe { what: "nothing with this id", event: missing, code: Some("not_found") },
    ])
}

async fn of_account(entry: &'static Entry, fixture: &Fixture) -> Result<Vec<Probe>, String> {
    let mut probes = vec![Probe { what: "a good call", event: fixture.event(entry).await?, code: None }];
    let user = fixture.app.user().await;
    let mut all = vec![("no token", 403, "token_missing", fixture.app.anon())];
    all.extend(forged(&user)?.map(|(what, code, token)| (what, 401, code, user.with_token(token))));
    for (what, (table, attribute), value) in stored(&user) {
        let client = changed(fixture, (table, attribute), value).await;
        all.push((what, 401, "token_invalid", client));
    }
    for (what, status, code, client) in all {
        let event = fixture.event_of(entry, &client, (entry.route.path.to_owned(), None, status)).await?;
        probes.push(Probe { what, event, code: Some(code) });
    }
    Ok(probes)
}

type Forged = (&'static str, &'static str, String);

/// Tokens that are to be refused, with the code of the refusal.
fn forged(user: &Client) -> Result<[Forged; 8], String> {
    let (forge, other) = (Forge::new(SEED), Forge::new(&"7".repeat(64)));
    let token = user.token.as_deref().ok_or("no token")?;
    let claims = Forge::claims(token);
    let now = Timestamp::now().as_second();
    let signed = |changes: Value| forge.sign(&forge.header(), &merged(&claims, changes));
    let plain = merged(&forge.header(), json!({ "typ": "JWT" }));
    let expired = json!({ "iat": now - 960, "auth_time": now - 960, "exp": now - 60 });
    Ok([
        ("a token with another signature", "token_invalid", garbled(token)),
        ("a token of an unknown key", "token_invalid", other.sign(&other.header(), &claims)),
        ("a token of another type", "token_invalid", forge.sign(&plain, &claims)),
        ("a token of another issuer", "token_invalid", signed(json!({ "iss": "another" }))),
        ("a token for another API", "token_invalid", signed(json!({ "aud": "another" }))),
        ("an expired token", "token_expired", signed(expired)),
        ("a token that lives too long", "token_invalid", signed(json!({ "exp": now + 3600 }))),
        ("a token without a session", "token_invalid", signed(json!({ "sid": user.id }))),
    ])
}

/// Changes of stored rows after which a token is to be refused: the table with the attribute, and the value.
fn stored(user: &Client) -> [(&'static str, (&'static str, &'static str), AttributeValue); 5] {
    let number = |text: &str| AttributeValue::N(text.to_owned());
    [
        ("an inactive account", ("users", "is_active"), AttributeValue::Bool(false)),
        ("a session of an earlier epoch", ("users", "epoch"), number("7")),
        ("a revoked session", ("sessions", "revoked_at"), number("1")),
        ("an expired session", ("sessions", "expires_at"), number("1")),
        ("a session of somebody else", ("sessions", "user_id"), AttributeValue::S(user.id.to_string())),
    ]
}

/// An object with other values of some members.
fn merged(object: &Value, changes: Value) -> Value {
    let (mut merged, changes) = (object.clone(), changes.as_object().cloned().unwrap_or_default());
    merged.as_object_mut().into_iter().for_each(|members| members.extend(changes.clone()));
    merged
}

/// A token with another signature of the same length.
fn garbled(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap_or_default();
    format!("{message}.{}", signature.chars().rev().collect::<String>())
}

/// A new user, after a change of the row of the account or of the session.
async fn changed(fixture: &Fixture, (table, attribute): (&str, &str), value: AttributeValue) -> Client {
    let user = fixture.app.user().await;
    let session = user.refresh_token.split('.').next().unwrap_or_default().to_owned();
    let id = if table == "sessions" { session } else { user.id.to_string() };
    fixture.app.set(table, ("id", &id), attribute, value).await;
    user
}

async fn of_sign_in(entry: &'static Entry, fixture: &Fixture) -> Result<Vec<Probe>, String> {
    let known = SigningIn::from_known_address(fixture).await?;
    let gone = SigningIn::from_known_address(fixture).await?;
    fixture.app.set("users", ("id", &gone.user.to_string()), "is_active", AttributeValue::Bool(false)).await;
    let email = json!({ "username": format!("{}@Example.com", known.username), "password": PASSWORD });
    let nobody = json!({ "username": "nobody", "password": PASSWORD });
    let refused = Some("credentials_invalid");
    let mut probes = Vec::new();
    for (what, event, code) in [
        ("a known address", known.event(fixture, entry, PASSWORD, 200).await?, None),
        ("an email", sign_in(fixture, entry, &known.client, email, 200).await?, None),
        ("a wrong password", known.event(fixture, entry, WRONG, 401).await?, refused),
        ("an unknown account", sign_in(fixture, entry, &fixture.app.anon(), nobody, 401).await?, refused),
        ("an inactive account", gone.event(fixture, entry, PASSWORD, 401).await?, refused),
    ] {
        probes.push(Probe { what, event, code });
    }
    Ok(probes)
}

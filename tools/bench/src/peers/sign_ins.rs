//! What sign-ins leave behind: counters, which refuse further ones once a limit is spent, and the known address.

use std::collections::HashMap;

use ::tests::PASSWORD;
use api::Entry;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;

use super::calls::{SigningIn, sign_in};
use super::probe::Answer;
use super::stack::{Builds, Stack};
use crate::fixture::Fixture;
use crate::process::Process;

/// Sign-ins that both limits allow: from one address in a minute, and to one account from it in a quarter of an hour.
const ALLOWED: usize = 10;
/// A limit that counts in fixed windows may begin another one meanwhile.
const MOST: usize = 2 * ALLOWED + 1;
const WRONG: &str = "eight-careless-ferrets";

pub async fn check(builds: &Builds, entry: &'static Entry, fixture: &Fixture) -> Result<(), String> {
    for stack in Stack::ALL {
        let failed = |limit: &str, cause: String| format!("{}, the limit {limit}: {cause}", stack.name());
        let mut process = builds.start(stack, entry.name, fixture).await?;
        by_address(&mut process, entry, fixture).await.map_err(|cause| failed("by address", cause))?;
        by_account(&mut process, entry, fixture).await.map_err(|cause| failed("by account and address", cause))?;
        remembers(&mut process, entry, fixture).await.map_err(|cause| format!("{}: {cause}", stack.name()))?;
        process.end().await;
    }
    Ok(())
}

/// Signs in with many names from one address.
async fn by_address(process: &mut Process, entry: &'static Entry, fixture: &Fixture) -> Result<(), String> {
    let client = fixture.app.anon();
    let mut answers = Vec::new();
    for call in 0..MOST {
        let body = json!({ "username": format!("nobody{call}"), "password": WRONG });
        let event = sign_in(fixture, entry, &client, body, 401).await?;
        answers.push(Answer::read(&process.invoke(event.event).await?.response)?);
        if refused_after(&answers)? {
            return Ok(());
        }
    }
    Err(format!("allows {MOST} calls"))
}

/// Signs in to one account from one address, while the limit by address is forgotten before each call.
async fn by_account(process: &mut Process, entry: &'static Entry, fixture: &Fixture) -> Result<(), String> {
    let account = SigningIn::from_known_address(fixture).await?;
    let mut answers = Vec::new();
    for _ in 0..MOST {
        forget_addresses(fixture).await?;
        let event = account.event(fixture, entry, WRONG, 401).await?;
        answers.push(Answer::read(&process.invoke(event.event).await?.response)?);
        if refused_after(&answers)? {
            return Ok(());
        }
    }
    Err(format!("allows {MOST} calls"))
}

/// Signs in from a new address, which is known then.
async fn remembers(process: &mut Process, entry: &'static Entry, fixture: &Fixture) -> Result<(), String> {
    let account = SigningIn::from_new_address(fixture).await?;
    let event = account.event(fixture, entry, PASSWORD, 200).await?;
    event.check(entry.name, &process.invoke(event.event.clone()).await?.response)?;
    let user = AttributeValue::S(account.user.to_string());
    let known = fixture.app.items("sign_in_addresses").await;
    let known = known.iter().any(|item| item.get("user_id") == Some(&user));
    if known { Ok(()) } else { Err("the address of a sign-in is not remembered".to_owned()) }
}

/// Whether the last call was refused because the limit is spent.
fn refused_after(answers: &[Answer]) -> Result<bool, String> {
    match answers.last() {
        Some(last) if last.is(429, "rate_limited") && answers.len() > ALLOWED => Ok(true),
        Some(last) if last.is(401, "credentials_invalid") => Ok(false),
        last => Err(format!("call {}: {last:?}", answers.len())),
    }
}

/// Deletes the counters of the limits by address.
async fn forget_addresses(fixture: &Fixture) -> Result<(), String> {
    for item in fixture.app.items("rate_limits").await {
        if let Some(key) = counter(&item).filter(|key| counts_addresses(key)) {
            let delete = fixture.app.database.delete_item().table_name(format!("{}rate_limits", fixture.app.prefix));
            let delete = delete.key("key", AttributeValue::S(key.to_owned()));
            delete.send().await.map_err(|error| format!("rate_limits: {error:?}"))?;
        }
    }
    Ok(())
}

fn counter(item: &HashMap<String, AttributeValue>) -> Option<&str> {
    item.get("key").and_then(|key| key.as_s().ok()).map(String::as_str)
}

/// Whether a counter's key is that of a limit by address alone. The second part of a key names the limit.
fn counts_addresses(key: &str) -> bool {
    key.split('|').nth(1).is_some_and(|limit| limit.split(':').next() == Some("ip"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_addresses_are_found_by_their_keys() {
        for key in ["POST /v1/auth/token|ip:10/60|0:|8:10.0.0.1", "sign-in|ip|10.0.0.1|1764460800"] {
            assert!(counts_addresses(key), "{key}");
        }
        for key in ["POST /v1/auth/token|subject+ip:10/900|1:x|8:10.0.0.1", "sign-in|subject+ip|x|10.0.0.1|1", "", "ip"]
        {
            assert!(!counts_addresses(key), "{key}");
        }
    }

    #[test]
    fn a_limit_refuses_after_the_calls_that_it_allows_and_not_before() {
        let answer = |status, code: &str| {
            let body = json!({ "code": code }).to_string();
            Answer::read(&json!({ "statusCode": status, "body": body })).unwrap()
        };
        let (checked, spent) = (answer(401, "credentials_invalid"), answer(429, "rate_limited"));
        let after = |calls: usize| [vec![checked.clone(); calls], vec![spent.clone()]].concat();
        assert_eq!(refused_after(&after(ALLOWED)), Ok(true));
        assert!(refused_after(&after(ALLOWED - 1)).unwrap_err().starts_with("call 10"));
        assert_eq!(refused_after(std::slice::from_ref(&checked)), Ok(false));
        assert!(refused_after(&[answer(200, "")]).is_err() && refused_after(&[]).is_err());
    }
}

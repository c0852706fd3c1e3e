use api::{ClientAddress, Limiter, counts_address, counts_subject};
use identity::{account_subject, mailbox_subject};
use serde_json::json;

use crate::Context;
use crate::error::{Error, Result};
use crate::options::Blocked;

/// The subject of the audit where no account is: neither addresses nor names get into it.
const COUNTERS: &str = "rate_limits";

pub async fn unblock(context: &Context, what: Blocked) -> Result<()> {
    let (limiter, act) = (context.target.part::<Limiter>()?, context.act());
    let (named, cleared) = match (what.address, what.account) {
        (Some(text), _) => {
            let address = ClientAddress::parse(&text);
            if !address.is_readable() {
                return Err(Error::Refused(format!("{text} is no IP address")));
            }
            let address = address.to_string();
            let cleared = limiter.clear(&act, COUNTERS, |key| counts_address(key, &address)).await?;
            (address, cleared)
        }
        (None, name) => {
            let name = name.unwrap_or_default();
            let (audited, subjects) = subjects(context, &name).await?;
            let counts = |key: &str| subjects.iter().any(|subject| counts_subject(key, subject));
            let cleared = limiter.clear(&act, &audited, counts).await?;
            (name, cleared)
        }
    };
    let result = json!({ "unblocked": named, "counters": cleared });
    context.output.one(&result, &format!("{named}: {cleared} counters cleared; functions see it within 30 s"))
}

/// The subject of the audit, and the subjects of an account in the counters: its id, and its mailbox for limits that know
/// only the mailbox. Names without an account are counted, too.
async fn subjects(context: &Context, name: &str) -> Result<(String, Vec<String>)> {
    match context.target.account(&context.operator, name).await {
        Ok(account) => {
            let (id, email) = (account.profile.id, account.profile.email);
            Ok((format!("users/{id}"), vec![account_subject(Some(id), ""), mailbox_subject(&email)]))
        }
        Err(Error::NotFound(_)) => Ok((COUNTERS.to_owned(), vec![account_subject(None, name), mailbox_subject(name)])),
        Err(error) => Err(error),
    }
}

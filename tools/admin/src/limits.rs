use api::{ClientAddress, Limiter, counts_address, counts_subject};
use identity::{account_subject, mailbox_subject};
use serde_json::json;

use crate::Context;
use crate::error::{Error, Result};
use crate::options::Blocked;

pub async fn unblock(context: &Context, what: Blocked) -> Result<()> {
    let limiter = context.target.part::<Limiter>()?;
    let (named, cleared) = match (what.address, what.account) {
        (Some(text), _) => {
            let address = ClientAddress::parse(&text);
            if !address.is_readable() {
                return Err(Error::Refused(format!("{text} is no IP address")));
            }
            let address = address.to_string();
            let cleared = limiter.clear(&context.operator, |key| counts_address(key, &address)).await?;
            (address, cleared)
        }
        (None, name) => {
            let name = name.unwrap_or_default();
            let subjects = subjects(context, &name).await?;
            let counts = |key: &str| subjects.iter().any(|subject| counts_subject(key, subject));
            let cleared = limiter.clear(&context.operator, counts).await?;
            (name, cleared)
        }
    };
    let result = json!({ "unblocked": named, "counters": cleared });
    context.output.one(&result, &format!("{named}: {cleared} counters cleared; functions see it within 30 s"))
}

/// The subjects of an account in the counters: its id, and its mailbox for limits that know only the mailbox. Names
/// without an account are counted, too.
async fn subjects(context: &Context, name: &str) -> Result<Vec<String>> {
    match context.target.account(&context.operator, name).await {
        Ok(account) => {
            let (id, email) = (account.profile.id, account.profile.email);
            Ok(vec![account_subject(Some(id), ""), mailbox_subject(&email)])
        }
        Err(Error::NotFound(_)) => Ok(vec![account_subject(None, name), mailbox_subject(name)]),
        Err(error) => Err(error),
    }
}

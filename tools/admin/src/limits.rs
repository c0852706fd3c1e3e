use api::{ClientAddress, account_subject, counts_address, counts_subject};
use serde_json::json;
use store::Identity;

use crate::Desk;
use crate::error::{Error, Result};
use crate::options::Blocked;

pub async fn unblock(desk: &Desk, what: Blocked) -> Result<()> {
    let app = &desk.target.app;
    let (named, cleared) = match (what.address, what.account) {
        (Some(text), _) => {
            let address = ClientAddress::parse(&text);
            if !address.is_readable() {
                return Err(Error::Refused(format!("{text} is no IP address")));
            }
            let address = address.to_string();
            let cleared = app.rate_limits.clear(&desk.operator, |key| counts_address(key, &address)).await?;
            (address, cleared)
        }
        (None, name) => {
            let name = name.unwrap_or_default();
            let subject = subject(desk, &name).await?;
            let cleared = app.rate_limits.clear(&desk.operator, |key| counts_subject(key, &subject)).await?;
            (name, cleared)
        }
    };
    let result = json!({ "unblocked": named, "counters": cleared });
    desk.output.one(&result, &format!("{named}: {cleared} counters cleared; functions see it within 30 s"))
}

/// What the account is called in the counters; a name that nobody has is counted too.
async fn subject(desk: &Desk, name: &str) -> Result<String> {
    let id = match auth::UserId::parse(name) {
        Some(id) => Some(id),
        None => desk.target.app.identities.find(&Identity::of_sign_in(name)).await?,
    };
    Ok(account_subject(id, name))
}

use auth::KeyId;
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Desk, ask};

pub async fn rotate(desk: &Desk) -> Result<()> {
    let app = &desk.target.app;
    let kid = app.issuer()?.rotate(&*app.entropy).await?;
    let result = json!({ "kid": kid.as_str() });
    desk.output
        .one(&result, &format!("the new key is {kid}; it signs within a minute, and what was signed stays valid"))
}

/// A key that is still in use is replaced first: otherwise sign-in and refresh would stop, with the key that they have.
pub async fn revoke(desk: &Desk, kid: &str) -> Result<()> {
    let app = &desk.target.app;
    let key = KeyId::parse(kid).ok_or_else(|| Error::Refused(format!("{kid} is no key id")))?;
    ask::confirm(desk.yes, &format!("This refuses every token that {kid} signed, for good."))?;
    let rotated = match app.issuer()?.key_id().await? == key {
        true => Some(app.issuer()?.rotate(&*app.entropy).await?),
        false => None,
    };
    if !app.signing_keys.revoke(&desk.operator, &key, app.clock.now()).await? {
        return Err(Error::NotFound(format!("key {kid}")));
    }
    let new = rotated.as_ref().map(KeyId::as_str);
    let and = new.map_or_else(String::new, |new| format!("; it was in use, the new key is {new}"));
    let result = json!({ "revoked": kid, "kid": new });
    desk.output.one(&result, &format!("{kid} is revoked, and refused everywhere within 60 s{and}"))
}

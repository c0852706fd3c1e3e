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
    let key = KeyId::parse(kid).ok_or_else(|| Error::NotFound(format!("key {kid}")))?;
    ask::confirm(desk.yes, &format!("This refuses every token that {kid} signed, for good."))?;
    let rotated = match app.issuer()?.key_id().await? == key {
        true => Some(replace(desk).await?),
        false => None,
    };
    if !app.signing_keys.revoke(&desk.operator, &key, app.clock.now()).await? {
        return Err(Error::NotFound(format!("key {kid}")));
    }
    tracing::info!(event = "key_revoked", kid, by = "operator");
    let new = rotated.as_ref().map(KeyId::as_str);
    let and = new.map_or_else(String::new, |new| format!("; it was in use, and the new key is {new}"));
    let result = json!({ "revoked": kid, "kid": new });
    desk.output.one(
        &result,
        &format!(
            "{kid} is revoked, and refused everywhere within 60 s{and}; tokens issued in the next minute may be dead"
        ),
    )
}

/// Overwrites the seed of a key that is about to be revoked. Published first, or a signer that has just read the seed
/// could publish the key after its revocation.
async fn replace(desk: &Desk) -> Result<KeyId> {
    let app = &desk.target.app;
    app.issuer()?.start(app.clock.now()).await?;
    Ok(app.issuer()?.rotate(&*app.entropy).await?)
}

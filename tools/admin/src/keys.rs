use auth::KeyId;
use identity::{Issuer, SigningKeys};
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Context, ask};

pub async fn rotate(context: &Context) -> Result<()> {
    let kid = context.target.part::<Issuer>()?.rotate(&**context.target.api.entropy()).await?;
    let result = json!({ "kid": kid.as_str() });
    context
        .output
        .one(&result, &format!("the new key is {kid}; it signs within a minute, and what was signed stays valid"))
}

/// A key that is still in use is replaced first. Otherwise sign-in and refresh would fail, because their key is
/// revoked.
pub async fn revoke(context: &Context, kid: &str) -> Result<()> {
    let target = &context.target;
    let key = KeyId::parse(kid).ok_or_else(|| Error::NotFound(format!("key {kid}")))?;
    ask::confirm(context.yes, &format!("This refuses every token that {kid} signed, for ever."))?;
    let rotated = match target.part::<Issuer>()?.key_id().await? == key {
        true => Some(replace(context).await?),
        false => None,
    };
    if !target.part::<SigningKeys>()?.revoke(&context.operator, &key, target.api.clock().now()).await? {
        return Err(Error::NotFound(format!("key {kid}")));
    }
    tracing::info!(event = "key_revoked", kid, by = "operator");
    let new = rotated.as_ref().map(KeyId::as_str);
    let and = new.map_or_else(String::new, |new| format!("; it was in use, and the new key is {new}"));
    let result = json!({ "revoked": kid, "kid": new });
    context.output.one(
        &result,
        &format!(
            "{kid} is revoked, and refused everywhere within 60 s{and}; tokens issued in the next minute may be dead"
        ),
    )
}

/// Overwrites the seed of a key before its revocation. Publishes the key first: otherwise a signer that has just read
/// the seed could publish the key after its revocation.
async fn replace(context: &Context) -> Result<KeyId> {
    let (issuer, api) = (context.target.part::<Issuer>()?, &context.target.api);
    issuer.start(api.clock().now()).await?;
    Ok(issuer.rotate(&**api.entropy()).await?)
}

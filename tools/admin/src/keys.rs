use api::recorded;
use auth::KeyId;
use identity::{Issuer, Sealer, SigningKeys};
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Context, ask};

pub async fn rotate(context: &Context) -> Result<()> {
    let kid = context.target.part::<Issuer>()?.rotate_by(&context.act(), &**context.target.api.entropy()).await?;
    let result = json!({ "kid": kid.as_str() });
    context
        .output
        .one(&result, &format!("the new key is {kid}; it signs within a minute, and what was signed stays valid"))
}

/// Revokes the key first, in any case: a key with a leaked seed must not live on because another step fails. Then replaces
/// the seed if it still produces the key.
pub async fn revoke(context: &Context, kid: &str) -> Result<()> {
    let target = &context.target;
    let key = KeyId::parse(kid).ok_or_else(|| Error::NotFound(format!("key {kid}")))?;
    ask::confirm(context.yes, &format!("This refuses every token that {kid} signed, for ever."))?;
    let keys = target.part::<SigningKeys>()?;
    let act = context.act();
    let write = keys.revoke(&act, &key, target.api.clock().now());
    let event = |outcome: Option<&str>| tracing::info!(event = "key_revoked", kid, by = "operator", outcome);
    let published = recorded(write, event).await?.value;
    let replaced = replace(context, &key).await;
    let new = replaced.as_ref().ok().and_then(Option::as_ref).map(KeyId::as_str);
    let known = if published { "" } else { " (it was never published, and never will be)" };
    let and = new.map_or_else(String::new, |new| format!("; it was in use, and the new key is {new}"));
    let result = json!({ "revoked": kid, "published": published, "kid": new });
    context.output.one(
        &result,
        &format!(
            "{kid} is revoked{known}, and refused everywhere within 60 s{and}; tokens issued in the next minute may be dead"
        ),
    )?;
    replaced.map(drop).map_err(|cause| Error::NotRotated { kid: kid.to_owned(), cause: cause.to_string() })
}

/// Adds a key for what is sealed from now on. Nothing is sealed again.
pub async fn add_sealing_key(context: &Context) -> Result<()> {
    let number = context.target.part::<Sealer>()?.add_key(&context.act()).await?;
    let sentence = format!("key {number} seals new second factors within a minute; older keys open what they sealed");
    context.output.one(&json!({ "number": number }), &sentence)
}

/// Overwrites the seed if it produces this key. Returns the id of the new key.
async fn replace(context: &Context, revoked: &KeyId) -> Result<Option<KeyId>> {
    let (issuer, api) = (context.target.part::<Issuer>()?, &context.target.api);
    match issuer.key_id().await? == *revoked {
        true => Ok(Some(issuer.rotate_by(&context.act(), &**api.entropy()).await?)),
        false => Ok(None),
    }
}

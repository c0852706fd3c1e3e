use api::Written;
use identity::{Factors, Users};
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Context, ask, enrolment};

/// Removes all second factors and recovery codes of an account, and ends its sessions. Then offers to add another one,
/// because the password alone signs in now.
pub async fn reset(context: &Context, user: &str, no_enrol: bool) -> Result<()> {
    let target = &context.target;
    let account = target.account(&context.operator, user).await?;
    let (name, id) = (&account.profile.username, account.profile.id);
    let what =
        format!("This removes all second factors and recovery codes of {name}, and signs {name} out everywhere.");
    ask::confirm(context.yes, &what)?;
    let (factors, act) = (target.part::<Factors>()?, context.act());
    let reset = api::recorded(factors.reset(&act, id), |outcome| {
        tracing::info!(event = "factor_removed", user = %id, factor = "all", by = "operator", outcome);
    });
    let reset = reset.await?;
    let there_is_none = || Error::NotFound(format!("user {user}"));
    let removed = reset.value.ok_or_else(there_is_none)?;
    let sentence = match reset.written {
        Written::Unchanged => format!("{name} has no second factor: nothing was changed"),
        _ => format!("{name}: all second factors removed, all sessions ended"),
    };
    context.output.one(&json!({ "user_id": id, "removed": removed }), &sentence)?;
    // Read again: the reset has changed the account.
    let account = target.part::<Users>()?.resolve(&context.operator, id).await?.ok_or_else(there_is_none)?;
    enrolment::offer(context, &account, no_enrol).await
}

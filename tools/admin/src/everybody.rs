use std::pin::pin;

use api::{PageRequest, Written};
use auth::UserId;
use futures_util::StreamExt;
use futures_util::stream::iter;
use identity::Users;
use serde_json::json;

use crate::error::{Error, Result};
use crate::{Context, ask, pages, sessions};

/// The accounts that are signed out at once. All rows of one operator are one partition of an index of the audit, which
/// takes 1,000 writes a second.
const AT_ONCE: usize = 10;

/// What was done so far.
#[derive(Default)]
struct Progress {
    signed_out: u64,
    failed: Vec<UserId>,
}

/// Ends the sessions of all accounts. Goes on after an account that fails.
pub async fn end_all_sessions(context: &Context) -> Result<()> {
    ask::confirm(context.yes, "This signs everybody out everywhere.")?;
    let (users, act) = (context.target.part::<Users>()?, context.act());
    let mut progress = Progress::default();
    let page = async |page: &PageRequest| users.ids(&act, page).await;
    let listed = pages::each(page, async |ids| progress.sign_out(context, &users, ids).await).await;
    // Says what was done, also if the list ended early.
    let Progress { signed_out, failed } = progress;
    let result = json!({ "signed_out": signed_out, "failed": failed });
    context.output.one(&result, &format!("{signed_out} users are signed out"))?;
    listed?;
    if failed.is_empty() { Ok(()) } else { Err(Error::NotAll { failed: failed.len() }) }
}

impl Progress {
    /// Names accounts that fail at once: a command that takes hours may not reach its end.
    async fn sign_out(&mut self, context: &Context, users: &Users, ids: Vec<UserId>) {
        let results = iter(ids).map(async |id| (id, sessions::sign_out(context, users, id).await));
        let mut results = pin!(results.buffer_unordered(AT_ONCE));
        while let Some((id, result)) = results.next().await {
            match result {
                Ok(Written::Unchanged) => {}
                Ok(_) => self.signed_out += 1,
                Err(error) => {
                    eprintln!("admin: users/{id}: {error}");
                    self.failed.push(id);
                }
            }
        }
    }
}

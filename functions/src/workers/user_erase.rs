//! Handles the erasure queue: deletes everything that belongs to an account, and last the account itself. Each step can
//! be repeated, so an interrupted job completes on its next try.

use api::{Context, OwnedByUser, Result, Worker};
use identity::{ErasureJob, Users};

/// The worker of the erasure queue.
pub struct UserErase;

api::owned_by_user! {
    /// The data of users, one line for each domain.
    pub struct Owned {
        identity: identity::Owned,
        shop: shop::Owned,
    }
}

impl Worker for UserErase {
    type Job = ErasureJob;
    type Uses = (Users, Owned);

    async fn handle(_: &Context, (users, owned): Self::Uses, job: ErasureJob) -> Result<()> {
        let ErasureJob::Erase { user_id } = job;
        // Without a mark, the account is erased already, or the request to erase it failed.
        let Some(marked) = users.marked_for_erasure(user_id).await? else { return Ok(()) };
        owned.purge(marked.erasure()).await?;
        users.erase(&marked).await?;
        tracing::info!(event = "user_erased", user = %user_id);
        Ok(())
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve_worker::<UserErase>("user_erase")
}

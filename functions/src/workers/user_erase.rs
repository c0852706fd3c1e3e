//! Handles the erasure queue: deletes everything that belongs to an account, and last the account itself. Each step can
//! be repeated, so an interrupted job completes on its next try. A large account takes several jobs.

use api::{Context, Done, OwnedByUser, Purged, Queue, Result, Worker, recorded};
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
    type Uses = (Users, Owned, Queue<ErasureJob>);

    async fn handle(context: &Context, (users, owned, jobs): Self::Uses, job: ErasureJob) -> Result<Done> {
        let ErasureJob::Erase { user_id } = job;
        // Without a mark, the account is erased already, or the request to erase it failed.
        let Some(marked) = users.marked_for_erasure(user_id).await? else { return Ok(Done::Ok) };
        if owned.purge(marked.erasure()).await? == Purged::Part {
            jobs.send(&job, context.clock().now()).await?;
            return Ok(Done::Continued);
        }
        let event = |outcome: Option<&str>| tracing::info!(event = "user_erased", user = %user_id, outcome);
        recorded(users.erase(&marked), event).await?;
        Ok(Done::Ok)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve_worker::<UserErase>("user_erase")
}

//! Works off the erasure queue: removes everything that an account leaves behind, and last the account itself. Each step
//! can be done again, so that a job that was stopped anywhere completes when it comes again.

use api::{App, Error, Job, Result, Settings, Worker};

/// The worker of the erasure queue.
pub struct UserErase(App);

impl Worker for UserErase {
    fn new(app: App, _: &Settings) -> Result<Self> {
        Ok(Self(app))
    }

    async fn work(&self, job: Job) -> Result<()> {
        let (Self(app), Job::Erase { user_id }) = (self, job) else {
            return Err(Error::Internal("no job for this queue".to_owned()));
        };
        // Without the mark it is done already, or the request that asked for it failed.
        let Some(erasure) = app.users.erasure(user_id).await? else { return Ok(()) };
        app.favorites.purge(&erasure).await?;
        app.sessions.purge(&erasure).await?;
        app.mail_tokens.purge(&erasure).await?;
        app.sign_in_addresses.purge(&erasure).await?;
        app.users.erase(&erasure).await?;
        tracing::info!(event = "user_erased", user = %user_id);
        Ok(())
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve_worker::<UserErase>("user_erase")
}

use std::sync::Arc;
use std::time::Duration;

use api::{App, Job, QueueLocation, QueueName, Settings, Spool, Worker};
use auth::Clock;
use catalogue::{MailSend, UserErase};

use crate::error::Result;

/// How often the spool is looked at.
const PAUSE: Duration = Duration::from_millis(100);

/// The functions that work off queues, over a spool directory in place of SQS.
pub struct Workers {
    clock: Arc<dyn Clock>,
    spool: Spool,
    mail: MailSend,
    erasure: UserErase,
}

impl Workers {
    /// The workers over the spool that the settings name; `app` gives each one, by its name, what it works with.
    ///
    /// # Errors
    /// When they name none, or lack what mails need.
    pub fn new(app: impl Fn(&'static str) -> App, settings: &Settings) -> Result<Self> {
        let spool = settings.queues.iter().find_map(|(_, location)| match location {
            QueueLocation::Spool(directory) => Some(Spool::new(directory.clone())),
            QueueLocation::Sqs { .. } => None,
        });
        let missing = || api::Error::Setting { name: "JOB_SPOOL", problem: "is not set".to_owned() };
        let (for_mail, for_erasure) = (app("mail_send"), app("user_erase"));
        let clock = for_mail.clock.clone();
        let (mail, erasure) = (MailSend::new(for_mail, settings)?, UserErase::new(for_erasure, settings)?);
        Ok(Self { clock, spool: spool.ok_or_else(missing)?, mail, erasure })
    }

    /// Works off the jobs that are due. One that fails goes back; how many were done.
    ///
    /// # Errors
    /// When the spool can't be used.
    pub async fn work_off(&self) -> Result<usize> {
        let mut done = 0;
        for job in self.spool.due(self.clock.now())? {
            match self.work(job.job.clone()).await {
                Ok(()) => {
                    job.done()?;
                    done += 1;
                }
                Err(_) => job.failed(self.clock.now())?,
            }
        }
        Ok(done)
    }

    async fn work(&self, job: Job) -> Result<(), api::Error> {
        match job.queue() {
            QueueName::Mail => api::work(&self.mail, job).await,
            QueueName::Erasure => api::work(&self.erasure, job).await,
        }
    }

    /// Works off jobs for good.
    pub async fn run(&self) {
        loop {
            if let Err(error) = self.work_off().await {
                eprintln!("jobs: {error}");
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

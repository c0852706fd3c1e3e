use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::marker::PhantomData;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use auth::OsEntropy;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::file::replace_file;
use super::job::Job;
use crate::error::{Error, Result};
use crate::log;

/// The pause before a failed job is tried again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// The number of failed tries before a job is set aside.
const TRIES: u32 = 5;

/// A queue in a directory: one file for each job. Several processes can use it, and nothing is lost when they stop.
pub struct Spool<J> {
    directory: PathBuf,
    job: PhantomData<fn(J)>,
}

impl<J> Clone for Spool<J> {
    fn clone(&self) -> Self {
        Self { directory: self.directory.clone(), job: PhantomData }
    }
}

/// A job in the spool.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "J: DeserializeOwned"))]
pub struct Spooled<J> {
    /// The job.
    pub job: J,
    /// The number of failed tries.
    pub tried: u32,
    due: i64,
    #[serde(skip)]
    file: PathBuf,
}

impl<J: Job> Spool<J> {
    /// The spool of this kind of jobs: a folder in `directory`, created when needed.
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.join(J::QUEUE.name), job: PhantomData }
    }

    /// Adds a job.
    ///
    /// # Errors
    /// When the job can't be written.
    pub fn put(&self, job: &J, now: Timestamp) -> Result<()> {
        let id = auth::uuid_v7(now, &OsEntropy)?;
        let due = now.saturating_add(job.delay()).unwrap_or(now).as_millisecond();
        let file = self.directory.join(format!("{id}.json"));
        // Jobs contain addresses.
        let create = DirBuilder::new().recursive(true).mode(0o700).create(&self.directory);
        create.map_err(|error| failed(&self.directory, &error))?;
        Spooled { job: job.clone(), tried: 0, due, file }.write()
    }

    /// The due jobs, oldest first. Unreadable files are set aside.
    ///
    /// # Errors
    /// When the directory can't be read.
    pub fn due(&self, now: Timestamp) -> Result<Vec<Spooled<J>>> {
        let entries = match std::fs::read_dir(&self.directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(&self.directory, &error)),
        };
        let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        Ok(files.into_iter().filter_map(Spooled::<J>::read).filter(|job| job.due <= now.as_millisecond()).collect())
    }
}

impl<J: Job> Spooled<J> {
    /// Also `None` if another process has just finished the job.
    fn read(file: PathBuf) -> Option<Self> {
        let text = std::fs::read_to_string(&file).ok()?;
        match serde_json::from_str::<Self>(&text) {
            Ok(spooled) => Some(Self { file, ..spooled }),
            Err(cause) => {
                log::log_unreadable_job(&cause, Some(&file));
                let _ = std::fs::rename(&file, file.with_extension("dead"));
                None
            }
        }
    }

    fn write(&self) -> Result<()> {
        let text = serde_json::to_string(self).map_err(|error| failed(&self.file, &error))?;
        replace_file(&self.file, &text).map_err(|error| failed(&self.file, &error))
    }

    /// Removes a finished job. Another process may have finished the same job, because jobs may run more than once.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub fn done(&self) -> Result<()> {
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&self.file, &error)),
            _ => Ok(()),
        }
    }

    /// Puts the job back for another try, or sets it aside after the last try.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn failed(mut self, now: Timestamp) -> Result<()> {
        self.tried += 1;
        if self.tried >= TRIES {
            let aside = self.file.with_extension("dead");
            return std::fs::rename(&self.file, &aside).map_err(|error| failed(&aside, &error));
        }
        self.due = now.saturating_add(RETRY_AFTER).unwrap_or(now).as_millisecond();
        self.write()
    }
}

fn failed(file: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::QueueUnavailable(format!("{}: {error}", file.display()))
}

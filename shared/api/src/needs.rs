use std::sync::Arc;

use store::SigningKeys;

use crate::endpoint::{Endpoint, Passwords};
use crate::error::{Error, Result};
use crate::issuer::Issuer;
use crate::job::QueueName;
use crate::queue::Queue;
use crate::seed::{SeedLocation, SeedSource};
use crate::settings::Settings;

/// What a process needs.
pub trait Needs {
    /// Whether it uses DynamoDB at all.
    const DATABASE: bool = true;
    /// Whether it reads the signing seed.
    const SEED: bool = false;
    /// What it does with passwords.
    const PASSWORDS: Passwords = Passwords::Unused;
    /// The queues that it puts jobs on.
    const QUEUES: &'static [QueueName] = &[];
}

impl<E: Endpoint> Needs for E {
    const DATABASE: bool = E::DATABASE;
    const SEED: bool = E::SIGNS;
    const PASSWORDS: Passwords = E::PASSWORDS;
    const QUEUES: &'static [QueueName] = E::QUEUES;
}

/// DynamoDB alone.
pub struct Nothing;

impl Needs for Nothing {}

/// The signing seed.
pub struct Seed;

impl Needs for Seed {
    const SEED: bool = true;
}

/// Whatever any endpoint needs, for processes that serve all of them.
pub struct Everything;

impl Needs for Everything {
    const SEED: bool = true;
    const PASSWORDS: Passwords = Passwords::Chosen;
    const QUEUES: &'static [QueueName] = &QueueName::ALL;
}

/// Makes sure that the settings name all that is needed.
pub(crate) fn check<N: Needs>(settings: &Settings) -> Result<()> {
    if N::SEED && settings.seed.is_none() {
        let problem = "is not set, and neither is SIGNING_SEED_FILE".to_owned();
        return Err(Error::Setting { name: "SIGNING_SECRET_ID", problem });
    }
    let has = |name: &QueueName| settings.queues.iter().any(|(known, _)| known == name);
    match N::QUEUES.iter().find(|name| !has(name)) {
        None => Ok(()),
        Some(lacking) => {
            let problem = "is not set, and neither is JOB_SPOOL".to_owned();
            Err(Error::Setting { name: lacking.variable(), problem })
        }
    }
}

pub(crate) fn issuer(settings: &Settings, published: &SigningKeys) -> Option<Arc<Issuer>> {
    let source = match settings.seed.as_ref()? {
        SeedLocation::File(path) => SeedSource::File(path.clone()),
        SeedLocation::Secret { id, endpoint } => {
            SeedSource::secret(id.clone(), &settings.connection, endpoint.as_deref())
        }
    };
    Some(Arc::new(Issuer::new(source, published.clone(), settings.tokens.clone())))
}

pub(crate) fn queues(settings: &Settings) -> Vec<(QueueName, Queue)> {
    let queue = |(name, location): &(_, _)| (*name, Queue::new(location, &settings.connection));
    settings.queues.iter().map(queue).collect()
}

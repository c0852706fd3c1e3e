use std::sync::{Arc, Mutex, PoisonError};

use api::{Act, AuditEntry, Context, Part, PartInfo, Permit};
use auth::{Clock, Entropy, Sealed, SealingKeys};
use dynamo::number;
use jiff::{SignedDuration, Timestamp};
use operator::Operator;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret_store::{SecretStore, StoreError};

/// Keys older than this are read again before anything is sealed, so that a new key is used soon.
const REREAD: SignedDuration = SignedDuration::from_mins(1);

/// Keys older than this are read again if none of them fits, because there may be a new one. So foreign bytes cause few
/// reads.
const SETTLED: SignedDuration = SignedDuration::from_secs(5);

/// Seals secrets of users in the database, with the keys of a secret of its own.
#[derive(Clone)]
pub struct Sealer(Arc<Inner>);

struct Inner {
    store: SecretStore,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    held: Mutex<Option<Held>>,
}

/// The keys of a process, and when they were read.
#[derive(Clone)]
struct Held {
    keys: Arc<SealingKeys>,
    read_at: Timestamp,
}

impl Sealer {
    /// Seals bytes. `context` names what they are, and whose.
    ///
    /// # Errors
    /// When the keys can't be read.
    pub(crate) async fn seal(&self, bytes: &[u8], context: &str) -> Result<Sealed> {
        Ok(self.not_older_than(REREAD).await?.seal(bytes, context, &*self.0.entropy)?)
    }

    /// The key for another purpose that comes from the newest sealing key.
    ///
    /// # Errors
    /// When the keys can't be read.
    pub(crate) async fn derive(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>> {
        let derived = self.not_older_than(REREAD).await?.derived(purpose)?;
        derived.into_iter().next().ok_or(Error::SealingKeysUnavailable("there is no key".to_owned()))
    }

    /// What `open` makes of the first derived key that fits, the newest first. `None` if none fits.
    ///
    /// # Errors
    /// When the keys can't be read.
    pub(crate) async fn fitting<T>(&self, purpose: &str, open: impl Fn(&[u8; 32]) -> Option<T>) -> Result<Option<T>> {
        for age in [REREAD, SETTLED] {
            let derived = self.not_older_than(age).await?.derived(purpose)?;
            if let Some(opened) = derived.iter().find_map(|key| open(key)) {
                return Ok(Some(opened));
            }
        }
        Ok(None)
    }

    async fn not_older_than(&self, age: SignedDuration) -> Result<Arc<SealingKeys>> {
        let now = self.0.clock.now();
        match self.held().filter(|held| now.duration_since(held.read_at).abs() < age) {
            Some(held) => Ok(held.keys),
            None => self.read().await,
        }
    }

    /// Opens sealed bytes. Reads the keys again if the key is not among those in hand.
    ///
    /// # Errors
    /// [`auth::Error::SealingKeyMissing`] or [`auth::Error::Unsealable`], or when the keys can't be read.
    pub(crate) async fn open(&self, sealed: &Sealed, context: &str) -> Result<Zeroizing<Vec<u8>>> {
        let in_hand = self.held().map(|held| held.keys).filter(|keys| keys.has(sealed.key));
        let keys = match in_hand {
            Some(keys) => keys,
            None => self.read().await?,
        };
        Ok(keys.open(sealed, context)?)
    }

    /// Adds a key, which seals from now on. The others stay: they open what they sealed. The audit has a row before the
    /// secret is written, and one after it. Returns the new key's number.
    ///
    /// # Errors
    /// When the keys can't be read or written, or when DynamoDB does not answer to the first row: then nothing is written.
    pub async fn add_key(&self, act: &Act<'_, Operator>) -> Result<u32> {
        let text = self.0.store.read().await.map_err(unavailable)?;
        let (keys, added) = SealingKeys::with_new_key(&text, &*self.0.entropy)?;
        let entry = |action| AuditEntry::of(action, "sealing_keys").after("number", number(added));
        act.note(entry("sealing_key_add_intended")).await?;
        let written = self.0.store.overwrite(&keys).await.map_err(unavailable);
        if matches!(written, Ok(()) | Err(Error::SealingKeysUnconfirmed(_))) {
            let outcome = written.is_err().then_some(api::UNKNOWN);
            tracing::info!(event = "sealing_key_added", number = added, outcome);
        }
        written?;
        // The key is written, even if the row is not. An error would say that the key is not written.
        if let Err(cause) = act.note(entry("sealing_key_added")).await {
            tracing::error!(event = "rotation_not_audited", number = added, %cause);
        }
        Ok(added)
    }

    async fn read(&self) -> Result<Arc<SealingKeys>> {
        let text = self.0.store.read().await.map_err(unavailable)?;
        // A secret without keys may be right again in a moment, so it counts as one that can't be read.
        let keys = SealingKeys::parse(&text).map_err(|error| Error::SealingKeysUnavailable(error.to_string()))?;
        let (keys, read_at) = (Arc::new(keys), self.0.clock.now());
        *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(Held { keys: keys.clone(), read_at });
        Ok(keys)
    }

    fn held(&self) -> Option<Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn unavailable(error: StoreError) -> Error {
    match error {
        StoreError::Unavailable(cause) => Error::SealingKeysUnavailable(cause),
        StoreError::Unconfirmed(cause) => Error::SealingKeysUnconfirmed(cause),
    }
}

impl Part for Sealer {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        let store = SecretStore::of(context.settings(permit), ["SEALING_SECRET_ID", "SEALING_KEYS_FILE"])?;
        let (clock, entropy) = (context.clock().clone(), context.entropy().clone());
        Ok(Self(Arc::new(Inner { store, clock, entropy, held: Mutex::default() })))
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Sealer", tables: &[], variables: &["SEALING_SECRET_ID"] });
    }
}

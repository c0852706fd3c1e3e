use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Reason, Result, SourceError};
use crate::future::BoxFuture;
use crate::key::{KeyId, PublicKey};

/// How long a key is used before it is read again: with the read itself, a revocation is seen within 60 s.
const FRESH: SignedDuration = SignedDuration::from_secs(45);
/// How long "there is no such key" is believed.
const MISS_FRESH: SignedDuration = SignedDuration::from_secs(5);
/// Most ids that are remembered at once, published or not.
const CAPACITY: usize = 256;

/// A key as its signer published it.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// The key.
    pub key: PublicKey,
    /// Until when signers promise that tokens signed with it can be around.
    pub lease_until: Timestamp,
    /// Whether it was revoked: then nothing signed with it counts any more.
    pub revoked: bool,
}

/// Where published keys are kept.
pub trait PublishedKeys: Send + Sync {
    /// Reads one key, strongly consistent; `None` if it was never published.
    ///
    /// # Errors
    /// When the answer could not be had; never to say that there is no such key.
    fn key<'a>(&'a self, id: &'a KeyId) -> BoxFuture<'a, Result<Option<PublishedKey>, SourceError>>;
}

/// The published keys, read when they are needed and remembered for a while.
pub struct KeyRing {
    source: Box<dyn PublishedKeys>,
    seen: Mutex<HashMap<KeyId, Seen>>,
}

#[derive(Clone)]
struct Seen {
    at: Timestamp,
    key: Option<PublishedKey>,
}

impl Seen {
    /// The key, if it can still be used; `Err` with the refusal.
    fn usable(&self, now: Timestamp) -> Result<&PublicKey, Reason> {
        match &self.key {
            Some(key) if key.revoked => Err(Reason::RevokedKey),
            Some(key) if key.lease_until > now => Ok(&key.key),
            _ => Err(Reason::UnknownKey),
        }
    }

    /// Whether it is recent enough to go by. A clock that was set back makes it too old.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let limit = match self.usable(now) {
            Ok(_) => FRESH,
            // A lease that is over may have been extended a moment ago: by the sign-in that this token comes from.
            Err(Reason::UnknownKey) if self.key.is_some() => return false,
            Err(_) => MISS_FRESH,
        };
        let age = now.duration_since(self.at);
        !age.is_negative() && age < limit
    }
}

impl KeyRing {
    /// A ring that knows nothing yet.
    pub fn new(source: impl PublishedKeys + 'static) -> Self {
        Self { source: Box::new(source), seen: Mutex::default() }
    }

    /// The key that `id` names, if it may be used now.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] when there is none or it was revoked, [`Error::Unavailable`] when that can't be known.
    pub async fn get(&self, id: &KeyId, now: Timestamp) -> Result<PublicKey> {
        if let Some(seen) = self.remembered(id).filter(|seen| seen.is_fresh(now)) {
            return Ok(seen.usable(now)?.clone());
        }
        let key = self.source.key(id).await.map_err(Error::Unavailable)?;
        let seen = Seen { at: now, key };
        self.remember(id, &seen);
        Ok(seen.usable(now)?.clone())
    }

    fn remembered(&self, id: &KeyId) -> Option<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn remember(&self, id: &KeyId, seen: &Seen) {
        let mut all = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= CAPACITY && !all.contains_key(id) {
            // Invented ids must not push out the real ones.
            all.retain(|_, seen| seen.key.is_some());
            if all.len() >= CAPACITY {
                all.clear();
            }
        }
        all.insert(id.clone(), seen.clone());
    }
}

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::error::{Error, Reason, Result, SourceError};
use crate::future::BoxFuture;
use crate::key::{KeyId, PublicKey};

/// How long a key is used before it is read again. With the time of the read, a revocation takes effect within 60 s.
const FRESH: SignedDuration = SignedDuration::from_secs(45);
/// How long a missing key is remembered as missing.
const MISS_FRESH: SignedDuration = SignedDuration::from_secs(5);
/// Upper bound on remembered ids, published or not.
const CAPACITY: usize = 256;

/// A key as its signer published it.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// The key.
    pub key: PublicKey,
    /// The time until which valid tokens of this key can exist.
    pub lease_until: Timestamp,
    /// Whether the key was revoked. Tokens of a revoked key are refused.
    pub revoked: bool,
}

/// The store of published keys.
pub trait PublishedKeys: Send + Sync {
    /// Reads one key, strongly consistent. `None` if the key was never published.
    ///
    /// # Errors
    /// When the store does not answer. A missing key is not an error.
    fn key<'a>(&'a self, id: &'a KeyId) -> BoxFuture<'a, Result<Option<PublishedKey>, SourceError>>;
}

/// The published keys, read on demand and cached.
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
    /// The key, if it can still be used. Otherwise the reason for the refusal.
    fn usable(&self, now: Timestamp) -> Result<&PublicKey, Reason> {
        match &self.key {
            Some(key) if key.revoked => Err(Reason::RevokedKey),
            Some(key) if key.lease_until > now => Ok(&key.key),
            _ => Err(Reason::UnknownKey),
        }
    }

    /// Whether the entry is recent enough to be used. If the clock was set back, the entry counts as too old.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let limit = match self.usable(now) {
            Ok(_) => FRESH,
            // The lease may have been extended a moment ago, by the sign-in that issued this token.
            Err(Reason::UnknownKey) if self.key.is_some() => return false,
            Err(_) => MISS_FRESH,
        };
        let age = now.duration_since(self.at);
        !age.is_negative() && age < limit
    }
}

impl KeyRing {
    /// An empty key ring.
    pub fn new(source: impl PublishedKeys + 'static) -> Self {
        Self { source: Box::new(source), seen: Mutex::default() }
    }

    /// The key that `id` names, if it may be used now.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] when the key does not exist or was revoked, [`Error::Unavailable`] when the store does
    /// not answer.
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
            // Made-up ids must not evict real keys.
            all.retain(|_, seen| seen.key.is_some());
            if all.len() >= CAPACITY {
                all.clear();
            }
        }
        all.insert(id.clone(), seen.clone());
    }
}

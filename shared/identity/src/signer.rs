use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use api::UNKNOWN;
use auth::{SigningKey, TokenPolicy};
use jiff::{SignedDuration, Timestamp};
use tracing::Instrument;

use crate::error::{Error, Result};
use crate::seed::SeedSource;
use crate::signing_keys::SigningKeys;

/// The seed is read again after this time, so that overwriting the seed is enough to rotate keys.
const REREAD: SignedDuration = SignedDuration::from_mins(1);
/// How long a signer may use a key without extending the key's lease. Longer than [`REREAD`].
const UNRENEWED: SignedDuration = SignedDuration::from_mins(5);
/// Allowance for clock differences and slow calls, beyond the longest lifetime of a token.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);
/// How long a call waits for a new read while it has a usable key. The read goes on behind the call.
const PATIENCE: Duration = Duration::from_millis(300);
/// After a failed read, the usable key is used for this time before the next read.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// The current signing key of a process, kept up to date. A failed read of the seed does not stop the signing: the key in
/// hand is used while its lease allows, and its lease is extended, unless the key was revoked.
pub(crate) struct Signer {
    pub(crate) source: SeedSource,
    pub(crate) published: SigningKeys,
    pub(crate) policy: TokenPolicy,
    held: Mutex<Held>,
    /// One renewal at a time.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Held {
    key: Option<Arc<SigningKey>>,
    /// When the lease was last extended.
    leased_at: Timestamp,
    /// When the seed is read again.
    read_again_at: Timestamp,
}

impl Held {
    /// The key, if its lease covers the tokens that it signs now.
    fn usable(&self, now: Timestamp) -> Option<Arc<SigningKey>> {
        let age = now.duration_since(self.leased_at);
        self.key.clone().filter(|_| !age.is_negative() && age < UNRENEWED)
    }

    /// The key, if it need not be renewed yet.
    fn recent(&self, now: Timestamp) -> Option<Arc<SigningKey>> {
        // A clock that was set back must not stretch the minute.
        let near = self.read_again_at.duration_since(now) <= REREAD;
        self.usable(now).filter(|_| now < self.read_again_at && near)
    }
}

impl Signer {
    pub(crate) fn new(source: SeedSource, published: SigningKeys, policy: TokenPolicy) -> Self {
        Self { source, published, policy, held: Mutex::default(), turn: Arc::default() }
    }

    /// The signing key. Calls with a usable key never wait for a store that does not answer.
    pub(crate) async fn key(self: &Arc<Self>, now: Timestamp) -> Result<Arc<SigningKey>> {
        let (recent, usable) = {
            let held = self.held();
            (held.recent(now), held.usable(now))
        };
        if let Some(key) = recent {
            return Ok(key);
        }
        let Some(usable) = usable else { return self.first_key(now).await };
        let Ok(turn) = self.turn.clone().try_lock_owned() else { return Ok(usable) };
        let signer = self.clone();
        let renewal = async move {
            let renewed = signer.renew(now).await;
            drop(turn);
            renewed
        };
        match tokio::time::timeout(PATIENCE, tokio::spawn(renewal.in_current_span())).await {
            Ok(Ok(Ok(key))) => Ok(key),
            Ok(Ok(Err(Error::KeyRevoked))) => self.held().usable(now).ok_or(Error::KeyRevoked),
            _ => Ok(usable),
        }
    }

    /// The key of a process that has none: there is nothing to sign with before the seed is read.
    async fn first_key(&self, now: Timestamp) -> Result<Arc<SigningKey>> {
        let _turn = self.turn.lock().await;
        let renewed_meanwhile = self.held().recent(now);
        match renewed_meanwhile {
            Some(key) => Ok(key),
            None => self.renew(now).await,
        }
    }

    /// Reads the seed, and extends the lease of its key. If the seed can't be read, extends the lease of the key in hand.
    async fn renew(&self, now: Timestamp) -> Result<Arc<SigningKey>> {
        let read = async { Ok(Arc::new(SigningKey::new(&self.source.read().await?)?)) };
        let (key, pause) = match read.await {
            Ok(key) => (key, REREAD),
            Err(cause) => {
                tracing::error!(event = "seed_unreadable", %cause);
                let in_hand = self.held().key.clone();
                (in_hand.ok_or::<Error>(cause)?, PAUSE)
            }
        };
        let leased = self.lease(&key, now).await;
        let mut held = self.held();
        match &leased {
            Ok(()) => *held = Held { key: Some(key.clone()), leased_at: now, read_again_at: after(now, pause) },
            Err(cause) => {
                tracing::error!(event = "key_not_published", %cause);
                held.read_again_at = after(now, PAUSE);
                let is_same = held.key.as_ref().is_some_and(|held| held.public().id() == key.public().id());
                if is_same && matches!(cause, Error::KeyRevoked) {
                    held.key = None;
                }
            }
        }
        leased.map(|()| key)
    }

    async fn lease(&self, key: &SigningKey, now: Timestamp) -> Result<()> {
        let longest = UNRENEWED + self.policy.access_life + self.policy.leeway + MARGIN;
        let lease_until = now.checked_add(longest).map_err(|error| auth::Error::Signing(error.to_string()))?;
        let published = self.published.publish(key, lease_until, now).await;
        if matches!(published, Ok(true)) || published.as_ref().is_err_and(Error::is_unconfirmed) {
            let outcome = published.is_err().then_some(UNKNOWN);
            tracing::info!(event = "key_published", kid = %key.public().id(), outcome);
        }
        published.map(drop)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn after(now: Timestamp, pause: SignedDuration) -> Timestamp {
    now.saturating_add(pause).unwrap_or(now)
}

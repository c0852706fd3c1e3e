use std::sync::Arc;

use auth::{Entropy, RefreshToken, Roles, SessionId, SigningKey, TokenPolicy, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::SigningKeys;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::seed::SeedSource;

/// The seed is read again after this long, so that overwriting it is enough to rotate keys.
const REREAD: SignedDuration = SignedDuration::from_mins(5);
/// Room for clocks and calls, beyond the longest life of a token.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// Issues access tokens, with a key whose public half is published before its first use.
pub struct Issuer {
    source: SeedSource,
    published: SigningKeys,
    policy: TokenPolicy,
    current: Mutex<Option<Current>>,
}

struct Current {
    key: Arc<SigningKey>,
    since: Timestamp,
}

/// The answer to a sign-in and to a refresh (RFC 6749, 5.1).
#[derive(Serialize)]
pub struct Tokens {
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: Zeroizing<String>,
    /// Always `bearer`.
    pub token_type: &'static str,
    /// Life of the access token, in seconds.
    pub expires_in: i64,
}

impl Issuer {
    /// An issuer with the seed that `source` gives.
    pub fn new(source: SeedSource, published: SigningKeys, policy: TokenPolicy) -> Self {
        Self { source, published, policy, current: Mutex::new(None) }
    }

    /// Publishes the key early, so that other verifiers have seen it before it is used. That may fail: it is tried
    /// again at the first use.
    ///
    /// # Errors
    /// When the seed can't be read or is none.
    pub async fn start(&self, now: Timestamp) -> Result<()> {
        match self.key(now).await {
            Err(Error::Store(cause)) => {
                tracing::error!(event = "key_not_published", %cause);
                Ok(())
            }
            done => done.map(|_| ()),
        }
    }

    /// The tokens for a user's session, whose refresh token is `refresh`.
    ///
    /// # Errors
    /// When there is no usable key, or signing fails.
    pub async fn issue(
        &self,
        (user, session, roles): (UserId, SessionId, Roles),
        refresh: &RefreshToken,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Tokens> {
        let key = self.key(now).await?;
        Ok(Tokens {
            access_token: auth::issue(&key, &self.policy, (user, session, roles), now, entropy)?,
            refresh_token: refresh.to_text(),
            token_type: "bearer",
            expires_in: self.policy.access_life.as_secs(),
        })
    }

    /// The key to sign with: the seed read and the key's lease extended at most five minutes ago.
    async fn key(&self, now: Timestamp) -> Result<Arc<SigningKey>> {
        let mut current = self.current.lock().await;
        if let Some(current) = current.as_ref().filter(|current| current.is_recent(now)) {
            return Ok(current.key.clone());
        }
        let key = Arc::new(SigningKey::new(&self.source.read().await?)?);
        let longest = REREAD + self.policy.access_life + self.policy.leeway + MARGIN;
        let lease_until = now.checked_add(longest).map_err(|error| Error::Internal(error.to_string()))?;
        if self.published.publish(&key, lease_until, now).await? {
            tracing::info!(event = "key_published", kid = %key.public().id());
        }
        *current = Some(Current { key: key.clone(), since: now });
        Ok(key)
    }
}

impl Current {
    fn is_recent(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.since);
        !age.is_negative() && age < REREAD
    }
}

use std::sync::Arc;

use auth::{Entropy, KeyId, RefreshToken, Roles, SessionId, SigningKey, SigningSeed, TokenPolicy, UserId};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use store::SigningKeys;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::seed::SeedSource;

/// The seed is read again after this long, so that overwriting it is enough to rotate keys.
const REREAD: SignedDuration = SignedDuration::from_mins(1);
/// How long a signer may use a key without extending its lease; more than [`REREAD`].
const UNRENEWED: SignedDuration = SignedDuration::from_mins(5);
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

/// An access token that was just issued.
pub struct AccessToken {
    text: String,
    expires_in: i64,
}

impl AccessToken {
    /// The whole answer, with the refresh token of the same session.
    pub fn with(self, refresh: &RefreshToken) -> Tokens {
        let (access_token, expires_in) = (self.text, self.expires_in);
        Tokens { access_token, refresh_token: refresh.to_text(), token_type: "bearer", expires_in }
    }
}

/// The answer to a sign-in and to a refresh (RFC 6749, 5.1).
#[derive(JsonSchema, Serialize)]
pub struct Tokens {
    /// The access token.
    #[schemars(example = &"eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9...")]
    pub access_token: String,
    /// The refresh token.
    #[schemars(with = "String", example = &"{sid}.{family}.{secret}")]
    pub refresh_token: Zeroizing<String>,
    /// Always `bearer`.
    #[schemars(extend("const" = "bearer"))]
    pub token_type: &'static str,
    /// Life of the access token, in seconds.
    #[schemars(range(min = 1), example = 900)]
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

    /// An access token for a user's session.
    ///
    /// # Errors
    /// When there is no usable key, or signing fails.
    pub async fn issue(
        &self,
        (user, session, roles): (UserId, SessionId, Roles),
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<AccessToken> {
        let key = self.key(now).await?;
        let text = auth::issue(&key, &self.policy, (user, session, roles), now, entropy)?;
        Ok(AccessToken { text, expires_in: self.policy.access_life.as_secs() })
    }

    /// The id of the key that follows from the seed as it is now.
    ///
    /// # Errors
    /// When the seed can't be read or is none.
    pub async fn key_id(&self) -> Result<KeyId> {
        Ok(SigningKey::new(&self.source.read().await?)?.public().id().clone())
    }

    /// Overwrites the seed with a random one. Signers follow within a minute; what was signed before stays valid. The
    /// id of the new key.
    ///
    /// # Errors
    /// When the source of randomness fails, or the seed can't be written.
    pub async fn rotate(&self, entropy: &dyn Entropy) -> Result<KeyId> {
        let text = SigningSeed::generate(entropy)?;
        let id = SigningKey::new(&SigningSeed::parse(&text)?)?.public().id().clone();
        self.source.overwrite(&text).await?;
        tracing::info!(event = "key_rotated", kid = %id);
        Ok(id)
    }

    /// The key to sign with: the seed read and the key's lease extended at most a minute ago.
    async fn key(&self, now: Timestamp) -> Result<Arc<SigningKey>> {
        let mut current = self.current.lock().await;
        if let Some(current) = current.as_ref().filter(|current| current.is_recent(now)) {
            return Ok(current.key.clone());
        }
        let key = Arc::new(SigningKey::new(&self.source.read().await?)?);
        let longest = UNRENEWED + self.policy.access_life + self.policy.leeway + MARGIN;
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

use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit};
use auth::{Entropy, KeyId, RefreshToken, Roles, SessionId, SigningKey, SigningSeed, TokenPolicy, UserId};
use dynamo::Table;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::seed::SeedSource;
use crate::signing_keys::{SigningKeys, SigningKeysTable};

/// The seed is read again after this time, so that overwriting the seed is enough to rotate keys.
const REREAD: SignedDuration = SignedDuration::from_mins(1);
/// How long a signer may use a key without extending the key's lease. Longer than [`REREAD`].
const UNRENEWED: SignedDuration = SignedDuration::from_mins(5);
/// Allowance for clock differences and slow calls, beyond the longest lifetime of a token.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// Issues access tokens. The public half of the signing key is published before its first use.
#[derive(Clone)]
pub struct Issuer(Arc<Inner>);

struct Inner {
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
    /// The whole response, with the refresh token of the same session.
    pub fn with(self, refresh: &RefreshToken) -> Tokens {
        let (access_token, expires_in) = (self.text, self.expires_in);
        Tokens { access_token, refresh_token: refresh.to_text(), token_type: "bearer", expires_in }
    }
}

/// The response to a sign-in and to a refresh (RFC 6749, 5.1).
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
    /// Lifetime of the access token, in seconds.
    #[schemars(range(min = 1), example = 900)]
    pub expires_in: i64,
}

impl Issuer {
    /// Publishes the key early, so that verifiers know the key before its first use. Publishing may fail here, because
    /// the first use tries again.
    ///
    /// # Errors
    /// When the seed can't be read or used.
    pub async fn start(&self, now: Timestamp) -> Result<()> {
        match self.key(now).await {
            Err(cause @ (Error::Database(_) | Error::KeyRevoked)) => {
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
        let text = auth::issue(&key, &self.0.policy, (user, session, roles), now, entropy)?;
        Ok(AccessToken { text, expires_in: self.0.policy.access_life.as_secs() })
    }

    /// The id of the current seed's key.
    ///
    /// # Errors
    /// When the seed can't be read or used.
    pub async fn key_id(&self) -> Result<KeyId> {
        Ok(SigningKey::new(&self.0.source.read().await?)?.public().id().clone())
    }

    /// Overwrites the seed with a random one. Signers use the new seed within a minute. Tokens signed before stay
    /// valid. Returns the id of the new key.
    ///
    /// # Errors
    /// When the source of randomness fails, or the seed can't be written.
    pub async fn rotate(&self, entropy: &dyn Entropy) -> Result<KeyId> {
        let text = SigningSeed::generate(entropy)?;
        let id = SigningKey::new(&SigningSeed::parse(&text)?)?.public().id().clone();
        self.0.source.overwrite(&text).await?;
        tracing::info!(event = "key_rotated", kid = %id);
        Ok(id)
    }

    /// The signing key. Its seed was read, and its lease extended, at most a minute ago.
    async fn key(&self, now: Timestamp) -> Result<Arc<SigningKey>> {
        let mut current = self.0.current.lock().await;
        if let Some(current) = current.as_ref().filter(|current| current.is_recent(now)) {
            return Ok(current.key.clone());
        }
        let key = Arc::new(SigningKey::new(&self.0.source.read().await?)?);
        let longest = UNRENEWED + self.0.policy.access_life + self.0.policy.leeway + MARGIN;
        let lease_until = now.checked_add(longest).map_err(|error| auth::Error::Signing(error.to_string()))?;
        if self.0.published.publish(&key, lease_until, now).await? {
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

impl Part for Issuer {
    const DATABASE: bool = true;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        let settings = context.settings(permit);
        let (source, policy) = (SeedSource::of(settings)?, settings.tokens.clone());
        let inner = Inner { source, published: context.part(permit)?, policy, current: Mutex::new(None) };
        Ok(Self(Arc::new(inner)))
    }

    async fn prewarm(&self, context: &Context) -> api::Result<()> {
        Ok(self.start(context.clock().now()).await?)
    }

    fn list(into: &mut Vec<PartInfo>) {
        let variables = &["SIGNING_SECRET_ID"];
        into.push(PartInfo { name: "Issuer", tables: &[SigningKeysTable::NAME], variables });
    }
}

use std::sync::Arc;

use api::{Act, AuditEntry, Context, Part, PartInfo, Permit, UNKNOWN};
use auth::{Entropy, KeyId, RefreshToken, SigningKey, SigningSeed, TokenSubject};
use dynamo::{Table, text};
use jiff::Timestamp;
use operator::Operator;
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::seed::SeedSource;
use crate::signer::Signer;
use crate::signing_keys::SigningKeysTable;

/// Issues access tokens. The public half of the signing key is published before its first use.
#[derive(Clone)]
pub struct Issuer(Arc<Signer>);

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

    /// The response without a refresh token: the session keeps its own.
    pub fn alone(self) -> SteppedUp {
        SteppedUp { access_token: self.text, token_type: "bearer", expires_in: self.expires_in }
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

/// The response to an authentication in a session: an access token that counts as recent, and no refresh token. A
/// refreshed token carries the time of the sign-in.
#[derive(JsonSchema, Serialize)]
pub struct SteppedUp {
    /// The access token.
    #[schemars(example = &"eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFZERTQSIsImtpZCI6Ii4uLiJ9...")]
    pub access_token: String,
    /// Always `bearer`.
    #[schemars(extend("const" = "bearer"))]
    pub token_type: &'static str,
    /// Lifetime of the access token, in seconds.
    #[schemars(range(min = 1), example = 900)]
    pub expires_in: i64,
}

impl Issuer {
    /// Publishes the key, so that verifiers know the key before its first use.
    ///
    /// # Errors
    /// When the seed can't be read, or the key can't be published.
    pub async fn publish(&self, now: Timestamp) -> Result<()> {
        self.0.key(now).await.map(drop)
    }

    /// An access token for a user's session.
    ///
    /// # Errors
    /// When there is no usable key, or signing fails.
    pub async fn issue(&self, subject: &TokenSubject, now: Timestamp, entropy: &dyn Entropy) -> Result<AccessToken> {
        let key = self.0.key(now).await?;
        let text = auth::issue(&key, &self.0.policy, subject, now, entropy)?;
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
        let (seed, id) = new_seed(entropy)?;
        self.overwrite(&seed, id).await
    }

    /// Like [`Issuer::rotate`], for an operator. The audit has a row before the seed is written, and one after it. Without
    /// the second one, the seed may have been written or not.
    ///
    /// # Errors
    /// As for [`Issuer::rotate`], or when DynamoDB does not answer to the first row: then nothing is written.
    pub async fn rotate_by(&self, act: &Act<'_, Operator>, entropy: &dyn Entropy) -> Result<KeyId> {
        let (seed, id) = new_seed(entropy)?;
        let entry = |action| AuditEntry::of(action, "signing_seed").after("kid", text(&id));
        let (intended, rotated) = (entry("key_rotate_intended"), entry("key_rotated"));
        act.note(intended).await?;
        let id = self.overwrite(&seed, id).await?;
        // The seed is written, even if the row is not. An error would say that the seed is not written.
        if let Err(cause) = act.note(rotated).await {
            tracing::error!(event = "rotation_not_audited", kid = %id, %cause);
        }
        Ok(id)
    }

    async fn overwrite(&self, seed: &str, id: KeyId) -> Result<KeyId> {
        let written = self.0.source.overwrite(seed).await;
        if matches!(written, Ok(()) | Err(Error::SeedUnconfirmed(_))) {
            let outcome = written.is_err().then_some(UNKNOWN);
            tracing::info!(event = "key_rotated", kid = %id, outcome);
        }
        written.map(|()| id)
    }
}

/// A random seed, and the id of its key.
fn new_seed(entropy: &dyn Entropy) -> Result<(Zeroizing<String>, KeyId)> {
    let text = SigningSeed::generate(entropy)?;
    let id = SigningKey::new(&SigningSeed::parse(&text)?)?.public().id().clone();
    Ok((text, id))
}

impl Part for Issuer {
    const DATABASE: bool = true;
    const PREWARMS: bool = true;

    fn build(context: &Context, permit: &Permit) -> api::Result<Self> {
        let settings = context.settings(permit);
        let (source, policy) = (SeedSource::of(settings)?, settings.tokens.clone());
        Ok(Self(Arc::new(Signer::new(source, context.part(permit)?, policy))))
    }

    async fn prewarm(&self, context: &Context) -> api::Result<()> {
        // A failure was logged, and may pass by itself: the first use tries again.
        let _ = self.publish(context.clock().now()).await;
        Ok(())
    }

    fn list(into: &mut Vec<PartInfo>) {
        let variables = &["SIGNING_SECRET_ID"];
        into.push(PartInfo { name: "Issuer", tables: &[SigningKeysTable::NAME], variables });
    }
}

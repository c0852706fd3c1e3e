use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::digest::{Digest, sha256};
use crate::entropy::{Entropy, EntropyFailed, random};
use crate::id::UserId;
use crate::refresh_token::decode;

/// The token of a mailed link.
pub type MailToken = UserToken;
/// The token that a sign-in with a right password gets, if the account has a second factor.
pub type Challenge = UserToken;

/// An opaque `user.secret`. Only a digest of the secret is stored.
pub struct UserToken {
    user_id: UserId,
    secret: Zeroizing<[u8; 32]>,
}

impl UserToken {
    /// A new token for a user.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn new(user_id: UserId, entropy: &dyn Entropy) -> Result<Self, EntropyFailed> {
        Ok(Self { user_id, secret: Zeroizing::new(random(entropy)?) })
    }

    /// Parses a token in exactly the form in which it is sent.
    pub fn parse(text: &str) -> Option<Self> {
        let (user_id, secret) = text.split_once('.')?;
        Some(Self { user_id: UserId::parse(user_id)?, secret: decode(secret)? })
    }

    /// The token as text, for the client.
    pub fn to_text(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.secret));
        Zeroizing::new(format!("{}.{}", self.user_id, *secret))
    }

    /// The token's user. Not trusted until the secret is checked.
    pub fn user_id(&self) -> UserId {
        self.user_id
    }

    /// The digest of the secret.
    pub fn digest(&self) -> Digest {
        sha256(&*self.secret)
    }
}

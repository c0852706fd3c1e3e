use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use zeroize::Zeroizing;

use crate::digest::{Digest, sha256};
use crate::entropy::{Entropy, EntropyFailed, random};
use crate::id::SessionId;

/// The part of a refresh token that changes with each use.
pub type RefreshSecret = Zeroizing<[u8; 32]>;

/// An opaque refresh token, `sid.family.secret`. Only digests of family and secret are stored.
pub struct RefreshToken {
    session_id: SessionId,
    family: Zeroizing<[u8; 16]>,
    secret: RefreshSecret,
}

impl RefreshToken {
    /// The first token of a session.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn new(session_id: SessionId, entropy: &dyn Entropy) -> Result<Self, EntropyFailed> {
        let (family, secret) = (Zeroizing::new(random(entropy)?), Zeroizing::new(random(entropy)?));
        Ok(Self { session_id, family, secret })
    }

    /// Parses a token in exactly the form in which it is issued.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (session_id, family, secret) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self { session_id: SessionId::parse(session_id)?, family: decode(family)?, secret: decode(secret)? })
    }

    /// The token as text, for the client.
    pub fn to_text(&self) -> Zeroizing<String> {
        let encode = |bytes: &[u8]| Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes));
        let (family, secret) = (encode(&*self.family), encode(&*self.secret));
        Zeroizing::new(format!("{}.{}.{}", self.session_id, *family, *secret))
    }

    /// The token's session. Not trusted until family and secret are checked.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// The digest of the family, which all tokens of a session share.
    pub fn family_digest(&self) -> Digest {
        sha256(&*self.family)
    }

    /// The digest of the secret.
    pub fn secret_digest(&self) -> Digest {
        sha256(&*self.secret)
    }

    /// The successor of this token, derived from the token and the salt stored at the rotation. The same token and salt
    /// always give the same successor, so the successor is not stored.
    pub fn successor(&self, salt: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.secret);
        let mut secret = Zeroizing::new([0; 32]);
        for (to, from) in secret.iter_mut().zip(hmac::sign(&key, salt).as_ref()) {
            *to = *from;
        }
        Self { session_id: self.session_id, family: self.family.clone(), secret }
    }
}

/// `N` secret bytes from their base64url form.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<Zeroizing<[u8; N]>> {
    let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

use auth::{Digest, Entropy, EntropyFailed, hmac_sha256, random, sha256};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

use crate::credential::UserHandle;
use crate::error::{Error, Result};

/// For how long a challenge is valid.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// The length of the part that the MAC protects: the time and 16 random bytes.
const OPEN: usize = 24;

/// What a challenge is for. A challenge for one purpose is not accepted for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in. Any user may answer.
    SignIn,
    /// To register a passkey for this user.
    Registration(UserHandle),
}

impl Purpose {
    /// The input of the MAC. The first byte tells the purposes apart, and every purpose has one length.
    fn bind(&self, open: &[u8]) -> Vec<u8> {
        match self {
            Self::SignIn => [&[0], open].concat(),
            Self::Registration(user) => [&[1], user.as_slice(), open].concat(),
        }
    }
}

/// A challenge that was issued here: a time, 16 random bytes, and a MAC of both. So none has to be stored until it is
/// answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    bytes: Vec<u8>,
    expires_at: Timestamp,
}

impl Challenge {
    /// A new challenge.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn issue(
        key: &[u8; 32],
        purpose: Purpose,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) -> Result<Self, EntropyFailed> {
        let random: [u8; 16] = random(entropy)?;
        let open = [now.as_second().to_be_bytes().as_slice(), &random].concat();
        let mac = hmac_sha256(key, &purpose.bind(&open));
        Ok(Self { bytes: [open.as_slice(), &mac].concat(), expires_at: end(now.as_second()).unwrap_or(now) })
    }

    /// The challenge of a response, if it was issued here for this purpose and has not expired. Whether it was answered
    /// before must be checked, too: see [`Challenge::id`].
    ///
    /// # Errors
    /// [`Error::Challenge`] and [`Error::ChallengeExpired`].
    pub fn check(key: &[u8; 32], purpose: Purpose, claimed: &ClaimedChallenge, now: Timestamp) -> Result<Self> {
        let (open, mac) = claimed.0.split_at_checked(OPEN).ok_or(Error::Challenge)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::verify(&key, &purpose.bind(open), mac).map_err(|_| Error::Challenge)?;
        let (seconds, _) = open.split_first_chunk().ok_or(Error::Challenge)?;
        let expires_at = end(i64::from_be_bytes(*seconds)).ok_or(Error::Challenge)?;
        if now >= expires_at {
            return Err(Error::ChallengeExpired);
        }
        Ok(Self { bytes: claimed.0.clone(), expires_at })
    }

    /// The key under which the caller notes that the challenge was answered, by a conditional put. Only then is a
    /// copied response worthless.
    pub fn id(&self) -> Digest {
        sha256(&self.bytes)
    }

    /// When the challenge expires, and with it the note.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[cfg(test)]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), expires_at: Timestamp::MAX }
    }
}

/// The challenge that a response claims to answer. It can only be checked. It never takes the place of an expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimedChallenge(pub(crate) Vec<u8>);

fn end(issued_at: i64) -> Option<Timestamp> {
    Timestamp::from_second(issued_at).ok()?.checked_add(LIFETIME).ok()
}

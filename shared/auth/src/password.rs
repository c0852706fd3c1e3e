use std::fmt;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{Error as HashError, PasswordVerifier};
use argon2::{Algorithm, Params};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::common_passwords::CommonPasswords;
use crate::entropy::{Entropy, random};
use crate::error::{Error, Result};
use crate::hasher::Hasher;
use crate::id::UserId;
use crate::strength;

/// A password from a client, in Unicode normalization form C, at most 128 characters long.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Maximum length of a password, in characters.
    pub const LONGEST: usize = 128;

    /// Normalizes `text`. Nothing is trimmed and no case is folded.
    ///
    /// # Errors
    /// [`Error::Password`] when the password is empty or too long. Such text is never hashed.
    pub fn parse(text: &str) -> Result<Self> {
        let normal = Zeroizing::new(text.nfc().take(Self::LONGEST + 1).collect::<String>());
        match normal.chars().count() {
            0 => Err(Error::Password("must not be empty")),
            length if length > Self::LONGEST => Err(Error::Password("must have at most 128 characters")),
            _ => Ok(Self(normal)),
        }
    }
}

/// A password to be set. [`PasswordPolicy::hash`] accepts no other type.
#[derive(Clone)]
pub struct NewPassword(Password);

impl NewPassword {
    /// Minimum length of a new password, in characters.
    pub const SHORTEST: usize = 8;

    /// Normalizes `text`, as [`Password::parse`] does.
    ///
    /// # Errors
    /// [`Error::Password`] when the password is empty or too long.
    pub fn parse(text: &str) -> Result<Self> {
        Password::parse(text).map(Self)
    }

    /// The same password, to check against a hash.
    pub fn into_password(self) -> Password {
        self.0
    }

    /// Loads the dictionaries of [`NewPassword::check`]. Otherwise the first check would take some 20 ms longer.
    pub fn prepare_checks() {
        strength::prepare();
    }

    /// Checks that the password is long enough, which takes no time.
    ///
    /// # Errors
    /// [`Error::Password`] when the password is too short.
    pub fn check_length(&self) -> Result<()> {
        match self.0.0.chars().count() >= Self::SHORTEST {
            true => Ok(()),
            false => Err(Error::Password("must have at least 8 characters")),
        }
    }

    /// Checks that the password is long enough, hard to guess and not known to have leaked. Takes up to some tens of
    /// milliseconds of the processor, so check everything else first. `hints` are the names of the account's owner and of
    /// the service.
    ///
    /// # Errors
    /// [`Error::Password`] when the password is too short, too easy to guess or in the list of leaked passwords.
    pub fn check(&self, hints: &[&str]) -> Result<()> {
        self.check_length()?;
        if strength::is_guessable(&self.0.0, hints) {
            return Err(Error::Password("is too easy to guess"));
        }
        match CommonPasswords::listed().contains(&self.0.0) {
            true => Err(Error::Password(CommonPasswords::REFUSED)),
            false => Ok(()),
        }
    }
}

/// A stored password: argon2id, PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A stored hash.
    pub fn stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Proof that the caller knows the password of a user. Only [`PasswordPolicy::check`] makes this proof.
#[derive(Debug)]
pub struct PasswordProof(UserId);

impl PasswordProof {
    /// The user of the password.
    pub fn user_id(&self) -> UserId {
        self.0
    }
}

/// The outcome of checking a password.
#[derive(Debug)]
pub enum PasswordCheck {
    /// The password is right.
    Right {
        /// The proof.
        proof: PasswordProof,
        /// Whether the stored hash has outdated parameters and should be replaced.
        outdated: bool,
    },
    /// The password is wrong, or there was no stored hash.
    Wrong,
}

/// Hashes and checks passwords.
pub struct PasswordPolicy {
    hasher: Hasher,
    /// Stands in for a missing stored hash, so that the check takes the same time.
    nobody: Phc,
}

impl PasswordPolicy {
    /// argon2id with 19 MiB, two passes and one lane, as the OWASP Password Storage Cheat Sheet recommends.
    ///
    /// # Errors
    /// When the library refuses the parameters, which are constants.
    pub fn owasp() -> Result<Self> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| Error::PasswordHash(error.to_string()))?;
        // Any salt and any output will do, because the check fails for every password.
        let nobody =
            "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        Ok(Self { hasher: Hasher::new(params), nobody: Phc::new(nobody).map_err(unusable)? })
    }

    /// Allocates the memory of one hash. Otherwise the first hash would take some 10 ms longer.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn prepare(&self) -> Result<()> {
        self.hasher.prepare().map_err(unusable)
    }

    /// Hashes a new password with a fresh salt. Takes tens of milliseconds of CPU.
    ///
    /// # Errors
    /// When hashing or the source of randomness fails.
    pub fn hash(&self, new: &NewPassword, entropy: &dyn Entropy) -> Result<PasswordHash> {
        self.hash_text(&new.0, entropy)
    }

    /// Hashes a proved password again, with the current parameters.
    ///
    /// # Errors
    /// As for [`PasswordPolicy::hash`].
    pub fn rehash(&self, password: &Password, _: &PasswordProof, entropy: &dyn Entropy) -> Result<PasswordHash> {
        self.hash_text(password, entropy)
    }

    fn hash_text(&self, password: &Password, entropy: &dyn Entropy) -> Result<PasswordHash> {
        let salt = random::<16>(entropy)?;
        let hash = self.hasher.hash(password.0.as_bytes(), &salt).map_err(unusable)?;
        Ok(PasswordHash(hash.to_string()))
    }

    /// Checks a password against a user's stored hash. Without a stored hash, does the same work and returns
    /// [`PasswordCheck::Wrong`].
    ///
    /// # Errors
    /// When the stored hash can't be read.
    pub fn check(&self, password: &Password, stored: Option<(UserId, &PasswordHash)>) -> Result<PasswordCheck> {
        let parsed = stored.map(|(_, hash)| Phc::new(&hash.0)).transpose().map_err(unusable)?;
        let against = parsed.as_ref().unwrap_or(&self.nobody);
        match (self.hasher.verify_password(password.0.as_bytes(), against), stored) {
            (Ok(()), Some((id, _))) => {
                Ok(PasswordCheck::Right { proof: PasswordProof(id), outdated: self.is_outdated(against) })
            }
            (Ok(()) | Err(HashError::PasswordInvalid), _) => Ok(PasswordCheck::Wrong),
            (Err(error), _) => Err(unusable(error)),
        }
    }

    fn is_outdated(&self, hash: &Phc) -> bool {
        let current = self.hasher.params();
        !Params::try_from(hash).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (current.m_cost(), current.t_cost(), current.p_cost())
        }) || hash.algorithm.as_str() != Algorithm::Argon2id.as_str()
    }
}

fn unusable(error: impl fmt::Display) -> Error {
    Error::PasswordHash(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    fn check(policy: &PasswordPolicy, password: &str, hash: &PasswordHash) -> PasswordCheck {
        let id = UserId::from(uuid::Uuid::nil());
        policy.check(&Password::parse(password).unwrap(), Some((id, hash))).unwrap()
    }

    #[test]
    fn composed_or_decomposed_is_one_password_and_every_character_counts() {
        let policy = PasswordPolicy::owasp().unwrap();
        let hash = |text: &str| policy.hash(&NewPassword::parse(text).unwrap(), &OsEntropy).unwrap();
        let composed = hash("caf\u{e9} au lait");
        assert!(matches!(
            check(&policy, "cafe\u{301} au lait", &composed),
            PasswordCheck::Right { outdated: false, .. }
        ));
        assert!(matches!(check(&policy, "CAF\u{c9} au lait", &composed), PasswordCheck::Wrong));
        assert!(matches!(check(&policy, " caf\u{e9} au lait", &composed), PasswordCheck::Wrong));
        let long = hash(&format!("{}X", "a".repeat(72)));
        assert!(matches!(check(&policy, &format!("{}Y", "a".repeat(72)), &long), PasswordCheck::Wrong));
        let nul = hash("before\0after");
        assert!(matches!(check(&policy, "before\0other", &nul), PasswordCheck::Wrong));
    }

    #[test]
    fn nobody_has_no_password() {
        let policy = PasswordPolicy::owasp().unwrap();
        assert!(matches!(policy.check(&Password::parse("x").unwrap(), None), Ok(PasswordCheck::Wrong)));
    }

    #[test]
    fn a_hash_of_other_parameters_is_outdated_and_still_works() {
        let weak = PasswordPolicy {
            hasher: Hasher::new(Params::new(8 * 1024, 1, 1, None).unwrap()),
            nobody: PasswordPolicy::owasp().unwrap().nobody,
        };
        let hash = weak.hash(&NewPassword::parse("correct horse").unwrap(), &OsEntropy).unwrap();
        let now = check(&PasswordPolicy::owasp().unwrap(), "correct horse", &hash);
        assert!(matches!(now, PasswordCheck::Right { outdated: true, .. }));
    }

    #[test]
    fn new_passwords_must_be_long_enough_and_hard_to_guess() {
        let refused = |text: &str, hints: &[&str]| NewPassword::parse(text).and_then(|p| p.check(hints)).is_err();
        assert!(
            refused("", &[]) && refused("h7!kQ2", &[]) && refused("password1", &[]) && refused(&"x7Q!".repeat(33), &[])
        );
        assert!(refused("grzegorz.brzeczyszczykiewicz", &["grzegorz.brzeczyszczykiewicz"]));
        assert!(refused("BRZECZYSZCZYKIEWICZ", &["grzegorz.brzeczyszczykiewicz"]));
        assert!(!refused("grzegorz.brzeczyszczykiewicz", &[]));
        assert!(!refused("correct-horse-battery-staple", &["staff", "staff@example.com"]));
    }
}

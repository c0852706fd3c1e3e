use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use crate::digest::{Digest, hmac_sha256};
use crate::entropy::{Entropy, EntropyFailed, random};
use crate::id::UserId;

/// A code that signs a user in who lost the authenticator app: 112 random bits.
pub type RecoveryCode = TypedCode<14>;
/// A code that is mailed, and typed within minutes: 40 random bits.
pub type MailedCode = TypedCode<5>;

/// A code of random bytes that people type or paste. Only a digest is stored.
pub struct TypedCode<const BYTES: usize>(Zeroizing<[u8; BYTES]>);

/// Upper bound on text that can be a code, in bytes.
const LONGEST: usize = 64;
/// The number of characters between two dashes.
const GROUP: usize = 4;

impl<const BYTES: usize> TypedCode<BYTES> {
    /// A new code.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyFailed> {
        Ok(Self(Zeroizing::new(random(entropy)?)))
    }

    /// Parses a code. Case, dashes and spaces don't matter.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let typed = text.bytes().filter(|byte| !matches!(byte, b'-' | b' '));
        let typed = Zeroizing::new(typed.map(|byte| byte.to_ascii_uppercase()).collect::<Vec<u8>>());
        let bytes = Zeroizing::new(BASE32_NOPAD.decode(&typed).ok()?);
        Some(Self(Zeroizing::new(bytes.as_slice().try_into().ok()?)))
    }

    /// The code as text: base32 (RFC 4648, section 6), in groups of four characters.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(LONGEST));
        for (at, c) in Zeroizing::new(BASE32_NOPAD.encode(&*self.0)).chars().enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(c);
        }
        text
    }

    /// The digest of the code for one user, so that it says nothing about the codes of others.
    pub fn digest(&self, user: UserId) -> Digest {
        hmac_sha256(user.to_string().as_bytes(), &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::generate(&OsEntropy).unwrap();
        let (user, text) = (UserId::nobody(), code.to_text());
        assert_eq!(text.len(), 23 + 5, "{}", *text);
        let typed = [text.to_string(), text.to_lowercase(), text.replace('-', " "), text.replace('-', "")];
        for typed in typed {
            assert_eq!(RecoveryCode::parse(&typed).unwrap().digest(user), code.digest(user), "{typed}");
        }
        let mailed = MailedCode::generate(&OsEntropy).unwrap().to_text();
        assert_eq!((mailed.len(), mailed.as_bytes()[4]), (9, b'-'));
    }

    #[test]
    fn other_text_is_no_code() {
        let text = RecoveryCode::generate(&OsEntropy).unwrap().to_text();
        let long = "A".repeat(10_000);
        let cut = text.get(1..).unwrap();
        for bad in ["", "-", cut, &long, "\u{e9}AAA-AAAA", &format!("{}A", *text), &text.replace('-', "_")] {
            assert!(RecoveryCode::parse(bad).is_none(), "{bad:.40}");
        }
        assert!(MailedCode::parse(&text).is_none());
    }

    #[test]
    fn two_users_never_share_a_digest() {
        let code = RecoveryCode::generate(&OsEntropy).unwrap();
        let other = UserId::parse("01890000-0000-7000-8000-000000000001").unwrap();
        assert_ne!(code.digest(UserId::nobody()), code.digest(other));
    }
}

use std::collections::BTreeMap;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyFailed, random};
use crate::error::{Error, Result};
use crate::key::{secret_bytes, secret_text};
use crate::strict_json::JsonObject;

/// The numbered keys that seal secrets in the database, with AES-256-GCM. The highest number seals. All open, so a key must
/// be kept as long as anything is sealed with it.
pub struct SealingKeys(BTreeMap<u32, Key>);

/// One key, for both of its uses.
struct Key {
    seals: LessSafeKey,
    derives: hkdf::Prk,
}

/// Sealed bytes, and the number of their key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The number.
    pub key: u32,
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
}

impl SealingKeys {
    /// Parses a JSON object: each member is a number, and its key as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::SealingKeys`] for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut keys = BTreeMap::new();
        for (number, key) in read(text)? {
            let bytes = secret_bytes(&key).map_err(Error::SealingKeys)?;
            let key = UnboundKey::new(&AES_256_GCM, &*bytes).map_err(|_| Error::SealingKeys("refused by AES"))?;
            let derives = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(&*bytes);
            keys.insert(number, Key { seals: LessSafeKey::new(key), derives });
        }
        if keys.is_empty() {
            return Err(Error::SealingKeys("an empty object"));
        }
        Ok(Self(keys))
    }

    /// One new key, in its text form.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn generate(entropy: &dyn Entropy) -> Result<Zeroizing<String>, EntropyFailed> {
        Ok(Zeroizing::new(format!(r#"{{"1":"{}"}}"#, *secret_text(entropy)?)))
    }

    /// The text of these keys and a new one, and the new one's number.
    ///
    /// # Errors
    /// [`Error::SealingKeys`] if `text` has no keys, or when the source of randomness fails.
    pub fn with_new_key(text: &str, entropy: &dyn Entropy) -> Result<(Zeroizing<String>, u32)> {
        Self::parse(text)?;
        let mut keys = read(text)?;
        let next = keys.keys().max().and_then(|last| last.checked_add(1)).ok_or(Error::SealingKeys("too many"))?;
        keys.insert(next, secret_text(entropy)?);
        let mut text = Zeroizing::new(String::with_capacity(keys.len() * 80));
        for (number, key) in &keys {
            let before = if text.is_empty() { "{" } else { "," };
            text.push_str(&Zeroizing::new(format!(r#"{before}"{number}":"{}""#, **key)));
        }
        text.push('}');
        Ok((text, next))
    }

    /// Seals bytes with the newest key. `context` names what they are, and whose: they open with the same context alone.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn seal(&self, bytes: &[u8], context: &str, entropy: &dyn Entropy) -> Result<Sealed> {
        let (number, key) = self.0.last_key_value().ok_or(Error::SealingKeys("an empty object"))?;
        let nonce = random::<NONCE_LEN>(entropy)?;
        let (mut sealed, aad) = (bytes.to_vec(), Aad::from(context.as_bytes()));
        key.seals
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| Error::Unsealable)?;
        Ok(Sealed { key: *number, bytes: [nonce.as_slice(), &sealed].concat() })
    }

    /// Opens sealed bytes.
    ///
    /// # Errors
    /// [`Error::SealingKeyMissing`], or [`Error::Unsealable`] if the bytes were changed or sealed in another context.
    pub fn open(&self, sealed: &Sealed, context: &str) -> Result<Zeroizing<Vec<u8>>> {
        let key = self.0.get(&sealed.key).ok_or(Error::SealingKeyMissing(sealed.key))?;
        let (nonce, bytes) = sealed.bytes.split_first_chunk::<NONCE_LEN>().ok_or(Error::Unsealable)?;
        let (mut opened, aad) = (Zeroizing::new(bytes.to_vec()), Aad::from(context.as_bytes()));
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = key.seals.open_in_place(nonce, aad, &mut opened).map_err(|_| Error::Unsealable)?.len();
        opened.truncate(length);
        Ok(opened)
    }

    /// Keys for another purpose, which `info` names: one of each key, the newest first (HKDF with SHA-256, RFC 5869, without
    /// salt). They tell nothing about the keys that they come from.
    ///
    /// # Errors
    /// [`Error::SealingKeys`] when the library refuses, which it does not.
    pub fn derived(&self, info: &str) -> Result<Vec<Zeroizing<[u8; 32]>>> {
        let derive = |key: &Key| {
            let mut derived = Zeroizing::new([0; 32]);
            let info = [info.as_bytes()];
            let expanded = key.derives.expand(&info, hkdf::HKDF_SHA256);
            expanded
                .and_then(|expanded| expanded.fill(&mut *derived))
                .map_err(|_| Error::SealingKeys("refused by HKDF"))?;
            Ok(derived)
        };
        self.0.values().rev().map(derive).collect()
    }

    /// Whether there is a key with this number.
    pub fn has(&self, number: u32) -> bool {
        self.0.contains_key(&number)
    }
}

/// The members of the object.
fn read(text: &str) -> Result<BTreeMap<u32, Zeroizing<String>>> {
    let object: JsonObject<Zeroizing<String>> =
        serde_json::from_str(text).map_err(|_| Error::SealingKeys("not a JSON object of texts"))?;
    let member = |(number, key): (String, Zeroizing<String>)| {
        let canonical = number.parse().ok().filter(|parsed: &u32| parsed.to_string() == number);
        Ok((canonical.ok_or(Error::SealingKeys("not numbered"))?, key))
    };
    object.into_fields().into_iter().map(member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    fn keys(text: &str) -> SealingKeys {
        SealingKeys::parse(text).unwrap()
    }

    #[test]
    fn sealed_bytes_open_with_their_key_and_context_alone() {
        let first = SealingKeys::generate(&OsEntropy).unwrap();
        let sealed = keys(&first).seal(b"seed", "totp of ada", &OsEntropy).unwrap();
        assert_eq!((sealed.key, sealed.bytes.len()), (1, 12 + 4 + 16));
        assert_eq!(**keys(&first).open(&sealed, "totp of ada").unwrap(), *b"seed");
        assert!(matches!(keys(&first).open(&sealed, "totp of eve"), Err(Error::Unsealable)));
        let other = SealingKeys::generate(&OsEntropy).unwrap();
        assert!(matches!(keys(&other).open(&sealed, "totp of ada"), Err(Error::Unsealable)));
        for at in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[at] ^= 1;
            assert!(matches!(keys(&first).open(&changed, "totp of ada"), Err(Error::Unsealable)), "{at}");
        }
        let short = Sealed { bytes: vec![0; 11], ..sealed };
        assert!(matches!(keys(&first).open(&short, "totp of ada"), Err(Error::Unsealable)));
    }

    #[test]
    fn the_same_bytes_are_never_sealed_alike() {
        let keys = keys(&SealingKeys::generate(&OsEntropy).unwrap());
        let seal = || keys.seal(b"seed", "", &OsEntropy).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_new_key_seals_and_the_old_one_still_opens() {
        let first = SealingKeys::generate(&OsEntropy).unwrap();
        let old = keys(&first).seal(b"seed", "", &OsEntropy).unwrap();
        let (second, number) = SealingKeys::with_new_key(&first, &OsEntropy).unwrap();
        assert_eq!(number, 2);
        assert_eq!(keys(&second).seal(b"seed", "", &OsEntropy).unwrap().key, 2);
        assert!(keys(&second).open(&old, "").is_ok());
        let new = keys(&second).seal(b"seed", "", &OsEntropy).unwrap();
        assert!(matches!(keys(&first).open(&new, ""), Err(Error::SealingKeyMissing(2))));
        let (tenth, _) =
            (3..=12).fold((second, 2), |(text, _), _| SealingKeys::with_new_key(&text, &OsEntropy).unwrap());
        assert_eq!(keys(&tenth).seal(b"seed", "", &OsEntropy).unwrap().key, 12, "numbers are not text");
    }

    #[test]
    fn derived_keys_follow_rfc_5869_and_the_newest_is_the_first() {
        use crate::digest::hmac_sha256;
        let text = format!(r#"{{"1":"{}","2":"{}"}}"#, "01".repeat(32), "02".repeat(32));
        let derived = keys(&text).derived("a purpose").unwrap();
        let expected = [2, 1].map(|byte| hmac_sha256(&hmac_sha256(&[0; 32], &[byte; 32]), b"a purpose\x01"));
        assert_eq!(derived.iter().map(|key| **key).collect::<Vec<_>>(), expected);
        assert_ne!(keys(&text).derived("another purpose").unwrap(), derived);
    }

    #[test]
    fn other_text_is_refused_with_the_reason() {
        let key = "ab".repeat(32);
        for (text, problem) in [
            (String::new(), "not a JSON object of texts"),
            ("[]".to_owned(), "not a JSON object of texts"),
            ("{}".to_owned(), "an empty object"),
            (format!(r#"{{"one":"{key}"}}"#), "not numbered"),
            (format!(r#"{{"01":"{key}"}}"#), "not numbered"),
            (format!(r#"{{"1":"{key}","1":"{key}"}}"#), "not a JSON object of texts"),
            (r#"{"1":7}"#.to_owned(), "not a JSON object of texts"),
            (r#"{"1":"ab"}"#.to_owned(), "not 64 characters long"),
        ] {
            let error = SealingKeys::parse(&text).err().map(|error| error.to_string());
            assert_eq!(error, Some(format!("the sealing keys are {problem}")), "{text}");
        }
    }
}

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use crate::digest::sha256;
use crate::entropy::{Entropy, EntropyFailed, random};
use crate::error::{Error, Result};
use crate::provider;

/// The DER of a PKCS#8 Ed25519 private key up to the seed itself (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The 32 secret bytes of a signing key. Wiped from memory when dropped, never printed.
pub struct SigningSeed(Zeroizing<[u8; 32]>);

impl SigningSeed {
    /// Length of the text form, in characters.
    pub const TEXT_LENGTH: usize = 64;

    /// Parses 64 hexadecimal characters. White space around them is ignored.
    ///
    /// # Errors
    /// [`Error::Seed`] for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        secret_bytes(text).map(Self).map_err(Error::Seed)
    }

    /// A new seed in its text form.
    ///
    /// # Errors
    /// When the source of randomness fails.
    pub fn generate(entropy: &dyn Entropy) -> Result<Zeroizing<String>, EntropyFailed> {
        secret_text(entropy)
    }
}

/// 32 secret bytes from 64 hexadecimal characters. White space around them is ignored. The error says what the text is
/// instead.
pub(crate) fn secret_bytes(text: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    let text = text.trim().as_bytes();
    if text.is_empty() {
        return Err("empty");
    }
    if text.len() != SigningSeed::TEXT_LENGTH {
        return Err("not 64 characters long");
    }
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, pair) in secret.iter_mut().zip(text.chunks_exact(2)) {
        *byte = pair.iter().try_fold(0, |byte, c| Some(byte << 4 | hex_digit(*c)?)).ok_or("not hexadecimal")?;
    }
    if secret.iter().all(|byte| *byte == 0) {
        return Err("all zeros");
    }
    Ok(secret)
}

/// 32 random bytes, as 64 hexadecimal characters.
pub(crate) fn secret_text(entropy: &dyn Entropy) -> Result<Zeroizing<String>, EntropyFailed> {
    let secret = Zeroizing::new(random::<32>(entropy)?);
    Ok(Zeroizing::new(secret.iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn hex_digit(c: u8) -> Option<u8> {
    char::from(c).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// An Ed25519 key that signs tokens.
pub struct SigningKey {
    public: PublicKey,
    pub(crate) encoding: EncodingKey,
}

impl SigningKey {
    /// The key of a seed.
    ///
    /// # Errors
    /// [`Error::Seed`] when the seed has no key.
    pub fn new(seed: &SigningSeed) -> Result<Self> {
        provider::install();
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed.0).map_err(|_| Error::Seed("refused by Ed25519"))?;
        let public = PublicKey::new(pair.public_key().as_ref()).ok_or(Error::Seed("refused by Ed25519"))?;
        let pkcs8 = Zeroizing::new([PKCS8_PREFIX.as_slice(), seed.0.as_slice()].concat());
        Ok(Self { public, encoding: EncodingKey::from_ed_der(&pkcs8) })
    }

    /// The public key, which verifies this key's signatures.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

/// An Ed25519 public key.
#[derive(Clone)]
pub struct PublicKey {
    id: KeyId,
    x: String,
    pub(crate) decoding: DecodingKey,
}

impl PublicKey {
    fn new(bytes: &[u8]) -> Option<Self> {
        provider::install();
        let bytes: &[u8; 32] = bytes.try_into().ok()?;
        let x = URL_SAFE_NO_PAD.encode(bytes);
        // Members in this order, without white space: RFC 7638, section 3, and RFC 8037, section 2.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let id = KeyId(URL_SAFE_NO_PAD.encode(sha256(canonical.as_bytes())));
        Some(Self { id, x, decoding: DecodingKey::from_ed_der(bytes) })
    }

    /// Parses a published key from `x` in base64url (RFC 8037). The key must match `id`.
    pub fn published(id: &KeyId, x: &str) -> Option<Self> {
        let key = Self::new(&URL_SAFE_NO_PAD.decode(x).ok()?)?;
        (key.id == *id).then_some(key)
    }

    /// The key's id.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The JWK member `x` (RFC 8037): base64url of the key's 32 bytes.
    pub fn x(&self) -> &str {
        &self.x
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublicKey").field(&self.id.0).finish()
    }
}

/// A key's id: its RFC 7638 thumbprint, 43 characters of base64url.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Accepts only text that can be a thumbprint, so that no other text is looked up.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

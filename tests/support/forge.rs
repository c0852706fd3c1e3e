use auth::{SigningKey, SigningSeed};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// The seed of every [`crate::TestApp`].
pub const SEED: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";

/// Signs any token that a test needs, with any key.
pub struct Forge {
    pair: Ed25519KeyPair,
    kid: String,
}

impl Forge {
    /// Signs with the key of `seed`, 64 hexadecimal characters.
    pub fn new(seed: &str) -> Self {
        let kid = SigningKey::new(&SigningSeed::parse(seed).unwrap()).unwrap().public().id().to_string();
        let byte = |at: usize| u8::from_str_radix(&seed[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..seed.len()).step_by(2).map(byte).collect();
        Self { pair: Ed25519KeyPair::from_seed_unchecked(&bytes).unwrap(), kid }
    }

    /// The key's id.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The 32 bytes of the public key.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": self.kid })
    }

    /// A token with this header and these claims, properly signed.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    /// A token with this header and these claims, which may be any text, properly signed.
    pub fn sign_text(&self, header: &str, claims: &str) -> String {
        self.sign_bytes(header.as_bytes(), claims.as_bytes())
    }

    /// A token with this header and these claims, which may be any bytes, properly signed.
    pub fn sign_bytes(&self, header: &[u8], claims: &[u8]) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    /// The decoded bytes of a part of a token.
    pub fn bytes(part: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(part).unwrap()
    }

    /// The claims of a token, unverified.
    pub fn claims(token: &str) -> Value {
        let payload = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
    }
}

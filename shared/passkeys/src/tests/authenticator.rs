//! An authenticator and a browser in one. Every part of their answer can be made wrong. The tests of the API use it, too.

use auth::sha256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::json;

/// The flag that the user was present.
pub const PRESENT: u8 = 0x01;
/// The flag that the user was verified.
pub const VERIFIED: u8 = 0x04;
const BACKED_UP: u8 = 0x18;
const ATTESTED: u8 = 0x40;

/// The key of a passkey.
pub enum Key {
    /// ECDSA with P-256 and SHA-256.
    Es256(EcdsaKeyPair),
    /// EdDSA with Ed25519.
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// A new key for ES256.
    pub fn es256() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        Self::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_ref(), &random).unwrap())
    }

    /// A new key for EdDSA.
    pub fn ed25519() -> Self {
        let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(key.as_ref()).unwrap())
    }

    /// The public key as a COSE_Key.
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32], x, &[0x22, 0x58, 32], y].concat()
            }
            Self::Ed25519(key) => [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32], key.public_key().as_ref()].concat(),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256(key) => key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        }
    }
}

/// What the authenticator and the browser answer.
#[derive(Clone)]
pub struct Answer {
    /// `webauthn.create` or `webauthn.get`.
    pub ceremony: &'static str,
    /// The challenge that is answered.
    pub challenge: Vec<u8>,
    /// The origin of the page.
    pub origin: &'static str,
    /// The end of the client data.
    pub frame: &'static str,
    /// The RP ID.
    pub rp_id: &'static str,
    /// The flags of the authenticator data.
    pub flags: u8,
    /// The signature counter.
    pub counter: u32,
    /// The credential's id.
    pub id: Vec<u8>,
    /// The user handle.
    pub user: Vec<u8>,
}

impl Answer {
    /// The client data.
    pub fn client_data(&self) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(&self.challenge);
        let (ceremony, origin, frame) = (self.ceremony, self.origin, self.frame);
        format!(r#"{{"type":"{ceremony}","challenge":"{challenge}","origin":"{origin}"{frame}}}"#)
    }

    /// The authenticator data with further flags and what they announce.
    fn data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        let counter = self.counter.to_be_bytes();
        [sha256(self.rp_id.as_bytes()).as_slice(), &[self.flags | flags], &counter, rest].concat()
    }

    /// The JSON of a registration with the attestation "none".
    pub fn register(&self, key: &Key) -> Vec<u8> {
        self.register_cose(&key.cose())
    }

    /// The same with any public key.
    pub fn register_cose(&self, cose: &[u8]) -> Vec<u8> {
        let id = &self.id;
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        let data = self.data(ATTESTED | BACKED_UP, &[&[0; 16], length.as_slice(), id, cose].concat());
        let length = u16::try_from(data.len()).unwrap().to_be_bytes();
        let head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59";
        registration(id, self.client_data().as_bytes(), &[head.as_slice(), &length, &data].concat())
    }

    /// The JSON of an assertion.
    pub fn sign(&self, key: &Key) -> Vec<u8> {
        let data = self.data(0, &[]);
        let client_data = self.client_data();
        let signature = key.sign(&[data.as_slice(), &sha256(client_data.as_bytes())].concat());
        assertion(&self.id, client_data.as_bytes(), &data, &signature, &self.user)
    }
}

/// A `RegistrationResponseJSON` as browsers make it.
pub fn registration(id: &[u8], client_data: &[u8], attestation: &[u8]) -> Vec<u8> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let response = json!({
        "clientDataJSON": encode(client_data),
        "attestationObject": encode(attestation),
        "transports": ["internal", "hybrid", "a new one"],
    });
    let (id, none) = (encode(id), json!({}));
    let json = json!({ "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": none, "response": response });
    serde_json::to_vec(&json).unwrap()
}

/// An `AuthenticationResponseJSON` as browsers make it.
pub fn assertion(id: &[u8], client_data: &[u8], data: &[u8], signature: &[u8], user: &[u8]) -> Vec<u8> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let response = json!({
        "clientDataJSON": encode(client_data),
        "authenticatorData": encode(data),
        "signature": encode(signature),
        "userHandle": encode(user),
    });
    let (id, none) = (encode(id), json!({}));
    let json = json!({ "id": id, "rawId": id, "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": none, "response": response });
    serde_json::to_vec(&json).unwrap()
}

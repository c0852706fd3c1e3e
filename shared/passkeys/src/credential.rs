use crate::error::{Error, Result};

/// The user of a passkey: the 16 bytes of the user's id.
pub type UserHandle = [u8; 16];

/// ES256, EdDSA with Ed25519, and RS256 (<https://www.iana.org/assignments/cose>): the algorithms that are offered.
pub(crate) const ALGORITHMS: [i32; 3] = [-7, -8, -257];

/// The longest key, encoded. One of RSA with 8192 bits, the longest that verifies, has about 1050 bytes.
const MOST_KEY_BYTES: usize = 2048;

/// The public key of a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    pub(crate) algorithm: i32,
    /// The key as a COSE_Key (RFC 9052, 7).
    pub(crate) cose: Vec<u8>,
}

impl PublicKey {
    pub(crate) fn new(algorithm: i32, cose: Vec<u8>) -> Result<Self> {
        if !ALGORITHMS.contains(&algorithm) {
            return Err(Error::Algorithm(algorithm));
        }
        if cose.len() > MOST_KEY_BYTES {
            return Err(Error::Malformed("the public key is too long".to_owned()));
        }
        Ok(Self { algorithm, cose })
    }

    /// The key as bytes, to store it: the number of the algorithm in four bytes, and the COSE_Key.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.algorithm.to_be_bytes().as_slice(), &self.cose].concat()
    }

    /// A stored key.
    ///
    /// # Errors
    /// When `bytes` are not from [`PublicKey::to_bytes`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (algorithm, cose) =
            bytes.split_first_chunk().ok_or_else(|| Error::Malformed("a stored public key is too short".to_owned()))?;
        Self::new(i32::from_be_bytes(*algorithm), cose.to_vec())
    }
}

/// A registered passkey, to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// The id: between 1 and 1023 bytes, chosen by the authenticator. It must be unique over all users.
    pub id: Vec<u8>,
    /// The public key.
    pub public_key: PublicKey,
    /// The signature counter. Many authenticators don't count: theirs stays 0.
    pub counter: u32,
    /// Whether the passkey is now copied to other devices of the user. It is worth a word in a list of passkeys.
    pub backed_up: bool,
}

/// A passkey as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// The id.
    pub id: Vec<u8>,
    /// The user to whom it belongs.
    pub user: UserHandle,
    /// The public key.
    pub public_key: PublicKey,
    /// The last signature counter.
    pub counter: u32,
}

/// The result of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// The user to whom the passkey belongs.
    pub user: UserHandle,
    /// The counter to store. The caller stores it on the condition that the stored one has not changed.
    pub counter: u32,
}

//! The test vectors of WebAuthn, and responses of an authenticator that does what a test tells it.

mod assertion;
mod authenticator;
mod challenge;
mod options;
mod registration;
mod settings;
mod vectors;

use authenticator::{Answer, PRESENT, VERIFIED};

use crate::*;

const RP_ID: &str = "example.org";
const ORIGIN: &str = "https://example.org";
const USER: UserHandle = *b"a user's 16 byte";

impl Answer {
    pub fn registration() -> Self {
        Self { ceremony: "webauthn.create", counter: 0, ..Self::assertion() }
    }

    pub fn assertion() -> Self {
        Self {
            ceremony: "webauthn.get",
            challenge: b"the challenge".to_vec(),
            origin: ORIGIN,
            frame: r#","crossOrigin":false"#,
            rp_id: RP_ID,
            flags: PRESENT | VERIFIED,
            counter: 8,
            id: b"the credential's id".to_vec(),
            user: USER.to_vec(),
        }
    }
}

fn site() -> RelyingParty {
    RelyingParty::new(RP_ID, ORIGIN).unwrap()
}

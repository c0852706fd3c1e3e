//! The test vectors of WebAuthn, and responses of an authenticator that does what a test tells it.

mod assertion;
mod authenticator;
mod challenge;
mod options;
mod registration;
mod settings;
mod vectors;

use crate::*;

const RP_ID: &str = "example.org";
const ORIGIN: &str = "https://example.org";
const USER: UserHandle = *b"a user's 16 byte";

fn site() -> RelyingParty {
    RelyingParty::new(RP_ID, ORIGIN).unwrap()
}

use passki::{Passki, UserVerificationRequirement};

use crate::error::Result;
use crate::settings;

/// The site to which passkeys belong.
pub struct RelyingParty {
    pub(crate) library: Passki,
    pub(crate) user_verification: UserVerificationRequirement,
}

impl RelyingParty {
    /// A site with this RP ID, the domain that passkeys are bound to. Responses must come from exactly this origin, for
    /// example `https://app.example.org`.
    ///
    /// # Errors
    /// When no browser accepts the RP ID for the origin.
    pub fn new(rp_id: &str, origin: &str) -> Result<Self> {
        settings::check(rp_id, origin)?;
        // The name is required, though clients show the RP ID: WebAuthn recommends to repeat the RP ID.
        let library = Passki::new(rp_id, &[origin], rp_id);
        Ok(Self { library, user_verification: UserVerificationRequirement::Required })
    }
}

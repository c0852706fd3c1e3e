use crate::challenge::Challenge;
use crate::credential::{Asserted, NewCredential, PublicKey, StoredCredential};
use crate::error::{Error, Result};
use crate::options::{Account, with_id};
use crate::relying_party::RelyingParty;
use crate::response::{Assertion, Registration};

/// The longest credential id that WebAuthn allows.
const MOST_ID_BYTES: usize = 1023;

impl RelyingParty {
    /// Verifies a registration. The credential must not be known yet, for any user: the caller's write says so.
    ///
    /// # Errors
    /// When the response is not one to `challenge` for this site, or the user was not present and verified.
    pub fn verify_registration(&self, registration: &Registration, challenge: &Challenge) -> Result<NewCredential> {
        registration.claims.refuse_frames()?;
        // The account is only part of the options.
        let account = Account { user: [0; 16], name: "", display_name: "" };
        let (_, state) = self.registration(&account, &[], challenge)?;
        let passkey = self.library.finish_passkey_registration(&registration.response, &state)?;
        if passkey.credential_id.is_empty() || passkey.credential_id.len() > MOST_ID_BYTES {
            return Err(Error::Malformed("the credential id is empty or too long".to_owned()));
        }
        Ok(NewCredential {
            id: passkey.credential_id,
            public_key: PublicKey::new(passkey.algorithm, passkey.public_key)?,
            counter: passkey.counter,
            backed_up: passkey.bs,
        })
    }

    /// Verifies a sign-in with a stored credential.
    ///
    /// # Errors
    /// When the response is not one of the credential's user to `challenge` for this site, or the user was not present
    /// and verified. [`Error::Cloned`] if all that is right and the counter has not risen.
    pub fn verify_authentication(
        &self,
        assertion: &Assertion,
        stored: &StoredCredential,
        challenge: &Challenge,
    ) -> Result<Asserted> {
        assertion.claims.refuse_frames()?;
        if assertion.user() != stored.user {
            return Err(Error::User);
        }
        let (_, mut state) = self.authentication(challenge)?;
        state.allowed_credentials = vec![stored.id.clone()];
        // The library compares counters before it verifies the signature, so anybody could report a clone. With 0 it
        // accepts any counter, and ours is compared last.
        let mut passkey = with_id(&stored.id);
        passkey.public_key.clone_from(&stored.public_key.cose);
        passkey.algorithm = stored.public_key.algorithm;
        let sent = self.library.finish_passkey_authentication(&assertion.response, &state, &passkey)?.counter;
        if sent <= stored.counter && (sent, stored.counter) != (0, 0) {
            return Err(Error::Cloned { stored: stored.counter, sent });
        }
        Ok(Asserted { user: stored.user, counter: sent })
    }
}

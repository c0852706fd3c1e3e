use passki::{
    AuthenticationChallenge, AuthenticationOptions, AuthenticationState, Passki, RegistrationChallenge,
    RegistrationOptions, RegistrationState, ResidentKeyRequirement, StoredPasskey,
};
use serde_json::Value;

use crate::challenge::{Challenge, LIFETIME};
use crate::credential::{ALGORITHMS, UserHandle};
use crate::error::Result;
use crate::relying_party::RelyingParty;

/// The account for which a passkey is made. Authenticators store all of this, and show the names.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The user.
    pub user: UserHandle,
    /// The name that tells accounts apart, such as the address.
    pub name: &'a str,
    /// The name for people.
    pub display_name: &'a str,
}

impl RelyingParty {
    /// A `PublicKeyCredentialCreationOptionsJSON`, for `PublicKeyCredential.parseCreationOptionsFromJSON()`.
    /// `exclude` has the ids of the account's passkeys, so that no authenticator gets a second one.
    ///
    /// # Errors
    /// When the library refuses the options, which it does not.
    pub fn creation_options(&self, account: &Account<'_>, exclude: &[Vec<u8>], challenge: &Challenge) -> Result<Value> {
        let (options, _) = self.registration(account, exclude, challenge)?;
        let mut options = serde_json::to_value(options)?;
        // For clients of level 1, which don't know `residentKey`.
        if let Some(selection) = options.get_mut("authenticatorSelection").and_then(Value::as_object_mut) {
            selection.insert("requireResidentKey".to_owned(), Value::Bool(true));
        }
        Ok(options)
    }

    /// A `PublicKeyCredentialRequestOptionsJSON`, for `PublicKeyCredential.parseRequestOptionsFromJSON()`. It names no
    /// credential: the user chooses one of the passkeys for this RP ID.
    ///
    /// # Errors
    /// When the library refuses the options, which it does not.
    pub fn request_options(&self, challenge: &Challenge) -> Result<Value> {
        Ok(serde_json::to_value(self.authentication(challenge)?.0)?)
    }

    /// The library makes a challenge of its own; ours takes its place.
    pub(crate) fn registration(
        &self,
        account: &Account<'_>,
        exclude: &[Vec<u8>],
        challenge: &Challenge,
    ) -> Result<(RegistrationChallenge, RegistrationState)> {
        let exclude: Vec<_> = exclude.iter().map(|id| with_id(id)).collect();
        let mut wishes = RegistrationOptions::default();
        wishes.timeout = timeout();
        wishes.resident_key = ResidentKeyRequirement::Required;
        wishes.user_verification = self.user_verification;
        wishes.exclude_credentials = Some(&exclude);
        let (mut options, mut state) =
            self.library.start_passkey_registration(&account.user, account.name, account.display_name, wishes)?;
        options.pub_key_cred_params.retain(|one| ALGORITHMS.contains(&one.alg));
        options.challenge = Passki::base64_encode(challenge.bytes());
        state.challenge = challenge.bytes().to_vec();
        Ok((options, state))
    }

    pub(crate) fn authentication(
        &self,
        challenge: &Challenge,
    ) -> Result<(AuthenticationChallenge, AuthenticationState)> {
        let mut wishes = AuthenticationOptions::default();
        wishes.timeout = timeout();
        wishes.user_verification = self.user_verification;
        let (mut options, mut state) = self.library.start_passkey_authentication(&[], wishes)?;
        options.challenge = Passki::base64_encode(challenge.bytes());
        state.challenge = challenge.bytes().to_vec();
        Ok((options, state))
    }
}

pub(crate) fn with_id(id: &[u8]) -> StoredPasskey {
    let mut passkey = StoredPasskey::default();
    passkey.credential_id = id.to_vec();
    passkey
}

fn timeout() -> u64 {
    LIFETIME.unsigned_abs().as_secs() * 1000
}

use passki::{AuthenticationCredential, Passki, RegistrationCredential};

use crate::challenge::ClaimedChallenge;
use crate::client_data::Claims;
use crate::credential::UserHandle;
use crate::error::{Error, Result};

/// The longest response in bytes. Certificates that nobody asked for and a credential id of 1023 bytes fit.
pub const MOST_BYTES: usize = 32 * 1024;

/// The answer of `navigator.credentials.create()`, parsed but not verified.
pub struct Registration {
    pub(crate) response: RegistrationCredential,
    pub(crate) claims: Claims,
}

impl Registration {
    /// Parses a `RegistrationResponseJSON`, the `toJSON()` of the answer.
    ///
    /// # Errors
    /// [`Error::TooLong`] and [`Error::Malformed`]. [`Error::Ceremony`] if the type of the client data is unknown.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let response: RegistrationCredential = serde_json::from_slice(bounded(json)?)?;
        let claims = Claims::read(&response.response.client_data_json)?;
        Ok(Self { response, claims })
    }

    /// The challenge that the response claims to answer.
    pub fn challenge(&self) -> &ClaimedChallenge {
        &self.claims.challenge
    }
}

/// The answer of `navigator.credentials.get()`, parsed but not verified.
pub struct Assertion {
    pub(crate) response: AuthenticationCredential,
    pub(crate) claims: Claims,
    id: Vec<u8>,
    user: UserHandle,
}

impl Assertion {
    /// Parses an `AuthenticationResponseJSON`, the `toJSON()` of the answer. It must name a user, as that of every
    /// discoverable credential does.
    ///
    /// # Errors
    /// [`Error::TooLong`] and [`Error::Malformed`]. [`Error::Ceremony`] if the type of the client data is unknown.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let response: AuthenticationCredential = serde_json::from_slice(bounded(json)?)?;
        let claims = Claims::read(&response.response.client_data_json)?;
        let id = Passki::base64_decode(&response.raw_id)?;
        let user = Passki::base64_decode(response.response.user_handle.as_deref().unwrap_or_default())?;
        let user = user.try_into().map_err(|_| Error::Malformed("the user handle has not 16 bytes".to_owned()))?;
        Ok(Self { response, claims, id, user })
    }

    /// The challenge that the response claims to answer.
    pub fn challenge(&self) -> &ClaimedChallenge {
        &self.claims.challenge
    }

    /// The id of the credential, to look it up. Not trusted until the response is verified.
    pub fn credential_id(&self) -> &[u8] {
        &self.id
    }

    /// The user. Not trusted until the response is verified.
    pub fn user(&self) -> UserHandle {
        self.user
    }
}

fn bounded(json: &[u8]) -> Result<&[u8]> {
    if json.len() > MOST_BYTES { Err(Error::TooLong) } else { Ok(json) }
}

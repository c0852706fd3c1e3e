use auth::EntropyFailed;
use passki::PasskiError;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The errors of this crate. Their texts are for the log, not for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No browser accepts this RP ID or origin.
    #[error("the RP ID or the origin is wrong: {0}")]
    Settings(&'static str),
    /// The response has more than [`MOST_BYTES`](crate::MOST_BYTES) bytes.
    #[error("the response is too long")]
    TooLong,
    /// The response does not have the form of WebAuthn, or its attestation contradicts itself.
    #[error("the response is malformed: {0}")]
    Malformed(String),
    /// The challenge was not issued here for this purpose, or it is not the expected one.
    #[error("the challenge is not the expected one")]
    Challenge,
    /// The challenge was issued here, longer than [`LIFETIME`](crate::LIFETIME) ago.
    #[error("the challenge has expired")]
    ChallengeExpired,
    /// A registration was sent as an assertion, or the other way round.
    #[error("the response belongs to another kind of ceremony")]
    Ceremony,
    /// The response was made for another origin.
    #[error("the origin is not ours")]
    Origin,
    /// The response was made in a frame of another origin.
    #[error("the response comes from a frame of another origin")]
    CrossOrigin,
    /// The authenticator answered for another RP ID.
    #[error("the RP ID is not ours")]
    RpId,
    /// The authenticator did not ask for the user's presence.
    #[error("the user was not present")]
    NotPresent,
    /// The authenticator did not verify the user, for example by PIN or fingerprint.
    #[error("the user was not verified")]
    NotVerified,
    /// The key's algorithm (its COSE number) is none of those that were offered.
    #[error("the algorithm {0} was not offered")]
    Algorithm(i32),
    /// The response belongs to another credential than the stored one.
    #[error("the response belongs to another credential")]
    Credential,
    /// The response names another user than the stored credential.
    #[error("the response names another user")]
    User,
    /// The signature does not match.
    #[error("the signature does not match")]
    Signature,
    /// The signature matches, but the counter has not risen: the credential was probably copied.
    #[error("the counter has not risen: {stored} is stored, {sent} was sent")]
    Cloned {
        /// The stored counter.
        stored: u32,
        /// The counter of the response.
        sent: u32,
    },
    /// The source of randomness failed.
    #[error(transparent)]
    Entropy(#[from] EntropyFailed),
}

impl From<PasskiError> for Error {
    fn from(error: PasskiError) -> Self {
        match error {
            PasskiError::ChallengeMismatch => Self::Challenge,
            PasskiError::ClientDataTypeMismatch { .. } | PasskiError::InvalidClientDataType(_) => Self::Ceremony,
            PasskiError::OriginMismatch { .. } => Self::Origin,
            PasskiError::CrossOriginNotAllowed => Self::CrossOrigin,
            PasskiError::RpIdHashMismatch => Self::RpId,
            PasskiError::UserNotPresent => Self::NotPresent,
            PasskiError::UserVerificationRequired => Self::NotVerified,
            PasskiError::UnsupportedAlgorithm(algorithm) => Self::Algorithm(algorithm),
            PasskiError::CredentialNotAllowed | PasskiError::CredentialIdMismatch => Self::Credential,
            PasskiError::SignatureVerificationFailed => Self::Signature,
            other => Self::Malformed(other.to_string()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

use zeroize::Zeroizing;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why a sign-in failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SignInFailure {
    AccountUnknown,
    AccountInactive,
    PasswordWrong,
    /// The response of a passkey is malformed, of another site, or has a wrong signature.
    PasskeyWrong,
    /// The challenge that a passkey answers was not issued here, or longer than five minutes ago.
    PasskeyExpired,
    /// The user that a passkey names has no such passkey.
    PasskeyUnknown,
    /// The response of a passkey was used before, or the passkey was removed a moment ago.
    PasskeyUsed,
    /// The counter of a passkey has not risen: it was probably copied.
    PasskeyCloned,
}

impl SignInFailure {
    /// The reason's name in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            SignInFailure::AccountUnknown => "account_unknown",
            SignInFailure::AccountInactive => "account_inactive",
            SignInFailure::PasswordWrong => "password_wrong",
            SignInFailure::PasskeyWrong => "passkey_wrong",
            SignInFailure::PasskeyExpired => "passkey_expired",
            SignInFailure::PasskeyUnknown => "passkey_unknown",
            SignInFailure::PasskeyUsed => "passkey_used",
            SignInFailure::PasskeyCloned => "passkey_cloned",
        }
    }
}

impl std::fmt::Display for SignInFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A failure of identity. Its row for clients and for the log is in `codes.rs`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A failure of DynamoDB.
    #[error(transparent)]
    Database(#[from] dynamo::Error),
    /// A failure with a token, a key or a password hash.
    #[error(transparent)]
    Auth(#[from] auth::Error),
    /// Sign-in failed. The client does not get the reason.
    #[error("the credentials are not valid: {0}")]
    CredentialsInvalid(SignInFailure),
    /// A signed-in user gave a wrong password.
    #[error("the password is wrong")]
    PasswordWrong {
        /// The field of the password.
        field: &'static str,
    },
    /// A mailed token is not valid, or no longer valid.
    #[error("the mailed token is not valid")]
    MailTokenInvalid,
    /// The username belongs to another account.
    #[error("the username is taken")]
    UsernameTaken,
    /// The account changed after it was read.
    #[error("the account changed meanwhile")]
    ChangedMeanwhile,
    /// The email belongs to another account.
    #[error("the email is taken")]
    EmailTaken,
    /// Only people with an invitation can make an account.
    #[error("sign-up needs an invitation")]
    SignUpClosed,
    /// The email is verified, so it can't be freed.
    #[error("the email is verified: its owner can change it, and `deactivate` closes the account")]
    EmailVerified,
    /// The account has no email to free any more.
    #[error("the account has no email any more")]
    EmailFree,
    /// Superusers can't change their own access, so that at least one superuser remains.
    #[error("the account is the caller's own")]
    OwnAccount,
    /// A superuser's account can't be erased.
    #[error("the account is a superuser's")]
    SuperuserAccount,
    /// The caller lost the superuser role while the call ran.
    #[error("the caller is not a superuser any more")]
    ActorDemoted,
    /// The signing key was revoked and must not be used any more.
    #[error("the signing key was revoked: overwrite the seed")]
    KeyRevoked,
    /// The signing seed can't be read at the moment.
    #[error("the signing seed can't be read: {0}")]
    SeedUnavailable(String),
    /// The sealing keys can't be read at the moment.
    #[error("the sealing keys can't be read: {0}")]
    SealingKeysUnavailable(String),
    /// Secrets Manager did not confirm the new sealing key, and may have stored it.
    #[error("the new sealing key was not confirmed: {0}")]
    SealingKeysUnconfirmed(String),
    /// The password is right, and the account has a second factor. With the challenge of a sign-in.
    #[error("a second factor is required")]
    SecondFactorRequired(Option<Zeroizing<String>>),
    /// The challenge of a sign-in is unknown, used, or no longer valid.
    #[error("the challenge is not valid")]
    ChallengeInvalid,
    /// A code is wrong, or was used before.
    #[error("the code is wrong")]
    CodeWrong {
        /// The field of the code.
        field: &'static str,
    },
    /// A response of a passkey is not valid, or was used before.
    #[error("the passkey's response is not valid")]
    PasskeyInvalid {
        /// The field of the response.
        field: &'static str,
    },
    /// This stack has no passkeys.
    #[error("there are no passkeys here")]
    PasskeysOff,
    /// The account has passkeys, which need its authenticator app.
    #[error("the account has passkeys")]
    PasskeysExist,
    /// The account has as many passkeys as it can have.
    #[error("the account has too many passkeys")]
    TooManyFactors,
    /// The account has such a factor already.
    #[error("the account has such a factor already")]
    FactorExists,
    /// The account has no second factor.
    #[error("the account has no second factor")]
    NoFactor,
    /// The account's email is not verified.
    #[error("the email is not verified")]
    EmailUnverified,
    /// Secrets Manager did not confirm the new signing seed, and may have stored it.
    #[error("the new signing seed was not confirmed: {0}")]
    SeedUnconfirmed(String),
}

impl Error {
    /// Whether this is a failed write that may have been made.
    pub fn is_unconfirmed(&self) -> bool {
        match self {
            Error::Database(error) => error.is_unconfirmed(),
            Error::SeedUnconfirmed(_) | Error::SealingKeysUnconfirmed(_) => true,
            _ => false,
        }
    }
}

impl From<auth::EntropyFailed> for Error {
    fn from(error: auth::EntropyFailed) -> Self {
        Error::Auth(error.into())
    }
}

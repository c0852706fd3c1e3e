use jiff::SignedDuration;

/// The roles that are admitted only with a second factor.
#[derive(Clone, Copy, Debug, Default)]
pub struct FactorPolicy {
    /// Staff.
    pub staff: bool,
    /// Superusers.
    pub superuser: bool,
}

/// The settings that all tokens of this API share.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// `iss`: the issuer of the tokens.
    pub issuer: String,
    /// `aud`: the API that accepts the tokens.
    pub audience: String,
    /// Lifetime of an access token. Tokens with a longer lifetime are refused.
    pub access_life: SignedDuration,
    /// Largest accepted difference between the clocks of issuer and verifier.
    pub leeway: SignedDuration,
    /// For this long after its use, a refresh token gives the same successor again: to a second tab, or to a client that
    /// lost the response and waited as long as it was told.
    pub refresh_grace: SignedDuration,
    /// The roles that need a second factor.
    pub factors: FactorPolicy,
}

impl TokenPolicy {
    /// A lifetime of 15 minutes, a leeway of 5 seconds, a grace of 60 seconds, and no role that needs a second factor.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            access_life: SignedDuration::from_mins(15),
            leeway: SignedDuration::from_secs(5),
            refresh_grace: SignedDuration::from_secs(60),
            factors: FactorPolicy::default(),
        }
    }
}

use jiff::SignedDuration;

/// What every token of this API has in common.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// `iss`: who issues the tokens.
    pub issuer: String,
    /// `aud`: the API that they are for.
    pub audience: String,
    /// How long an access token lives. One that would live longer is refused.
    pub access_life: SignedDuration,
    /// How far the clocks of issuer and verifier may be apart.
    pub leeway: SignedDuration,
}

impl TokenPolicy {
    /// 15 minutes of life, 5 seconds of leeway.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            access_life: SignedDuration::from_mins(15),
            leeway: SignedDuration::from_secs(5),
        }
    }
}

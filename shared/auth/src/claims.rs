use jiff::Timestamp;
use serde_json::Value;

use crate::error::{Error, Reason, Result};
use crate::id::{ClientId, SessionId, UserId};
use crate::policy::TokenPolicy;
use crate::roles::Roles;
use crate::scopes::Scopes;
use crate::strict_json::JsonObject;
use crate::subject::{MULTI_FACTOR, Principal};

/// The claims of a verified access token. Only [`crate::UnverifiedToken::verify`] makes them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claims {
    /// `jti`.
    pub token_id: String,
    /// The user or the service key that the token was issued to.
    pub holder: Holder,
}

/// The user or the service key that a token was issued to. A token has the claims of exactly one of them.
#[derive(Clone, Debug)]
pub enum Holder {
    /// A user.
    User(UserClaims),
    /// A service key.
    Agent(AgentClaims),
}

/// The claims about a user.
#[derive(Clone, Copy, Debug)]
pub struct UserClaims {
    /// `sub`.
    pub user_id: UserId,
    /// `sid`.
    pub session_id: SessionId,
    /// `is_staff` and `is_superuser`.
    pub roles: Roles,
    /// `auth_time`, in seconds since 1970. Tokens of older versions have none.
    pub auth_time: Option<i64>,
    /// Whether `acr` says that the user gave more than one factor.
    pub has_factor: bool,
}

/// The claims about a service key.
#[derive(Clone, Debug)]
pub struct AgentClaims {
    /// `client_id`, which is `sub` too (RFC 9068, 2.2).
    pub client_id: ClientId,
    /// `scope`.
    pub scopes: Scopes,
}

impl Holder {
    /// The caller's id.
    pub fn principal(&self) -> Principal {
        match self {
            Holder::User(user) => Principal::User(user.user_id),
            Holder::Agent(agent) => Principal::Agent(agent.client_id),
        }
    }
}

impl Claims {
    pub(crate) fn check(object: &JsonObject, policy: &TokenPolicy, now: Timestamp) -> Result<Self> {
        if object.text("iss") != Some(policy.issuer.as_str()) {
            return Err(Reason::Issuer.into());
        }
        if !is_for(object.get("aud"), &policy.audience) {
            return Err(Reason::Audience.into());
        }
        let token_id = object.text("jti").filter(|id| !id.is_empty()).ok_or(Reason::Malformed)?.to_owned();
        let claims = Self { token_id, holder: Holder::read(object)? };
        check_times(object, policy, now)?;
        Ok(claims)
    }
}

impl Holder {
    fn read(object: &JsonObject) -> Result<Self, Reason> {
        let has = |name: &str| object.get(name).is_some();
        match (has("sid"), has("client_id") || has("scope")) {
            (true, true) => Err(Reason::Holder),
            (false, true) => AgentClaims::read(object).map(Holder::Agent).ok_or(Reason::Malformed),
            (_, false) => UserClaims::read(object).map(Holder::User).ok_or(Reason::Malformed),
        }
    }
}

impl UserClaims {
    fn read(object: &JsonObject) -> Option<Self> {
        let auth_time = match object.get("auth_time") {
            Some(_) => Some(object.seconds("auth_time")?.floor() as i64),
            None => None,
        };
        let has_factor = match object.get("acr") {
            Some(acr) => acr.as_str()? == MULTI_FACTOR,
            None => false,
        };
        Some(Self {
            user_id: UserId::parse(object.text("sub")?)?,
            session_id: SessionId::parse(object.text("sid")?)?,
            roles: Roles { is_staff: object.flag("is_staff")?, is_superuser: object.flag("is_superuser")? },
            auth_time,
            has_factor,
        })
    }
}

impl AgentClaims {
    fn read(object: &JsonObject) -> Option<Self> {
        let client_id = ClientId::parse(object.text("client_id")?)?;
        let is_subject = object.text("sub") == object.text("client_id");
        let has_role = object.get("is_staff").or(object.get("is_superuser")).is_some();
        (is_subject && !has_role).then_some(Self { client_id, scopes: Scopes::parse(object.text("scope")?) })
    }
}

/// RFC 7519, 4.1.3: the audience is this API, or an array of strings that includes this API.
fn is_for(audience: Option<&Value>, ours: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == ours,
        Some(Value::Array(many)) => many.iter().all(Value::is_string) && many.iter().any(|one| one == ours),
        _ => false,
    }
}

/// Expiry is checked last, so that only a token that was valid once counts as expired.
fn check_times(object: &JsonObject, policy: &TokenPolicy, now: Timestamp) -> Result<()> {
    let now = now.as_duration().as_secs_f64();
    let leeway = policy.leeway.as_secs_f64();
    let issued = object.seconds("iat").ok_or(Reason::Malformed)?;
    let expires = object.seconds("exp").ok_or(Reason::Malformed)?;
    if issued > now + leeway {
        return Err(Reason::IssuedInFuture.into());
    }
    if object.seconds("auth_time").is_some_and(|at| at > issued) {
        return Err(Reason::AuthTime.into());
    }
    if object.get("nbf").is_some() && object.seconds("nbf").ok_or(Reason::Malformed)? > now + leeway {
        return Err(Reason::NotYetValid.into());
    }
    if expires - issued > policy.access_life.as_secs_f64() {
        return Err(Reason::Lifetime.into());
    }
    if now >= expires + leeway {
        return Err(Error::TokenExpired);
    }
    Ok(())
}

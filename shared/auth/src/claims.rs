use jiff::Timestamp;
use serde_json::Value;

use crate::error::{Error, Reason, Result};
use crate::id::{SessionId, UserId};
use crate::policy::TokenPolicy;
use crate::strict_json::JsonObject;

/// The role flags. Neither implies the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// Staff.
    pub is_staff: bool,
    /// Superuser.
    pub is_superuser: bool,
}

/// The claims of a verified access token. Only [`crate::UnverifiedToken::verify`] makes them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claims {
    /// `sub`.
    pub user_id: UserId,
    /// `sid`.
    pub session_id: SessionId,
    /// `jti`.
    pub token_id: String,
    /// `is_staff` and `is_superuser`.
    pub roles: Roles,
}

impl Claims {
    pub(crate) fn check(object: &JsonObject, policy: &TokenPolicy, now: Timestamp) -> Result<Self> {
        if object.text("iss") != Some(policy.issuer.as_str()) {
            return Err(Reason::Issuer.into());
        }
        if !is_for(object.get("aud"), &policy.audience) {
            return Err(Reason::Audience.into());
        }
        let claims = Self::read(object).ok_or(Reason::Malformed)?;
        check_times(object, policy, now)?;
        Ok(claims)
    }

    fn read(object: &JsonObject) -> Option<Self> {
        Some(Self {
            user_id: UserId::parse(object.text("sub")?)?,
            session_id: SessionId::parse(object.text("sid")?)?,
            token_id: object.text("jti").filter(|id| !id.is_empty())?.to_owned(),
            roles: Roles { is_staff: object.flag("is_staff")?, is_superuser: object.flag("is_superuser")? },
        })
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

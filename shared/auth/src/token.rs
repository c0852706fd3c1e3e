use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Header, crypto};
use serde::Serialize;

use crate::claims::Claims;
use crate::entropy::Entropy;
use crate::error::{Error, Reason, Result};
use crate::id::{SessionId, UserId, uuid_v7};
use crate::key::{KeyId, PublicKey, SigningKey};
use crate::policy::TokenPolicy;
use crate::strict_json::JsonObject;
use crate::subject::{MULTI_FACTOR, TokenSubject};

/// The `typ` of an access token (RFC 9068, 2.1).
const TYPE: &str = "at+jwt";
/// Upper bound on the length of a token, in bytes. Tokens of this crate stay under 1 kB.
const LONGEST: usize = 4096;
/// Header members with a key or the address of a key (RFC 7515, 4.1.2 to 4.1.6). Tokens of this crate never have them.
const OWN_KEY: [&str; 4] = ["jku", "jwk", "x5u", "x5c"];

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: UserId,
    iat: i64,
    exp: i64,
    jti: String,
    sid: SessionId,
    is_staff: bool,
    is_superuser: bool,
    auth_time: i64,
    acr: &'a str,
    amr: Vec<&'a str>,
}

/// The `acr` of a token whose user gave one factor.
const SINGLE_FACTOR: &str = "1";

/// Issues an access token (JWT, EdDSA).
///
/// # Errors
/// When signing or the source of randomness fails.
pub fn issue(
    key: &SigningKey,
    policy: &TokenPolicy,
    subject: &TokenSubject,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<String> {
    let issued = now.as_second();
    let TokenSubject { user_id, session_id, roles, authentication } = subject;
    let payload = Payload {
        iss: &policy.issuer,
        aud: &policy.audience,
        sub: *user_id,
        iat: issued,
        exp: issued.saturating_add(policy.access_life.as_secs()),
        jti: uuid_v7(now, entropy)?.to_string(),
        sid: *session_id,
        is_staff: roles.is_staff,
        is_superuser: roles.is_superuser,
        // A clock that was set back must not make a token that is never good.
        auth_time: authentication.at.as_second().min(issued),
        acr: if authentication.methods.has_factor() { MULTI_FACTOR } else { SINGLE_FACTOR },
        amr: authentication.methods.names().collect(),
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.public().id().to_string());
    jsonwebtoken::encode(&header, &payload, &key.encoding).map_err(|error| Error::Signing(error.to_string()))
}

/// A token with an acceptable header. No part of the token is trusted yet.
pub struct UnverifiedToken<'a> {
    token: &'a str,
    key_id: KeyId,
}

impl<'a> UnverifiedToken<'a> {
    /// Parses the header alone.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`] when this crate can't have issued the token.
    pub fn parse(token: &'a str) -> Result<Self> {
        if token.len() > LONGEST {
            return Err(Reason::Malformed.into());
        }
        let encoded = token.split('.').next().unwrap_or_default();
        let header = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Reason::Malformed)?;
        let header: JsonObject = serde_json::from_slice(&header).map_err(|_| Reason::Malformed)?;
        if header.text("alg") != Some("EdDSA") {
            return Err(Reason::Algorithm.into());
        }
        if !header.text("typ").is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
            return Err(Reason::Type.into());
        }
        if header.get("crit").is_some() {
            return Err(Reason::CriticalExtension.into());
        }
        if OWN_KEY.iter().any(|name| header.get(name).is_some()) {
            return Err(Reason::UnknownKey.into());
        }
        let key_id = header.text("kid").and_then(KeyId::parse).ok_or(Reason::UnknownKey)?;
        Ok(Self { token, key_id })
    }

    /// The id of the signing key, according to the header.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// Checks the signature, then every claim.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`], or [`Error::TokenExpired`] when expiry is the only problem.
    pub fn verify(&self, key: &PublicKey, policy: &TokenPolicy, now: Timestamp) -> Result<Claims> {
        if *key.id() != self.key_id {
            return Err(Reason::UnknownKey.into());
        }
        let (message, signature) = self.token.rsplit_once('.').ok_or(Reason::Malformed)?;
        let (_, payload) = message.split_once('.').ok_or(Reason::Malformed)?;
        // `jsonwebtoken::decode` would parse header and claims twice more, leniently, and use the system's clock.
        if !crypto::verify(signature, message.as_bytes(), &key.decoding, Algorithm::EdDSA).map_err(reason)? {
            return Err(Reason::Signature.into());
        }
        // Base64url has no dots, so a token with a fourth part, such as JWE (RFC 7516), fails here at the latest.
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Reason::Malformed)?;
        let claims: JsonObject = serde_json::from_slice(&payload).map_err(|_| Reason::Malformed)?;
        Claims::check(&claims, policy, now)
    }
}

fn reason(error: jsonwebtoken::errors::Error) -> Reason {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => Reason::Signature,
        ErrorKind::InvalidAlgorithm => Reason::Algorithm,
        _ => Reason::Malformed,
    }
}

use std::sync::Arc;

use api::{Context, Part, PartInfo, Permit, Result, Settings, inline_schema};
use auth::{Clock, Entropy, UserId};
use passkeys::{Account as Holder, Challenge, ClaimedChallenge, Purpose, RelyingParty};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::sealer::Sealer;
use crate::users::{Account, Profile};

/// What the key of the challenges is derived for.
const CHALLENGES: &str = "passkey challenges";

/// The site that passkeys belong to, and its challenges, which are in no table. From `PASSKEY_DOMAIN`, the RP ID, and
/// `LINK_BASE`, whose origin the pages have. Without `PASSKEY_DOMAIN` there are no passkeys.
#[derive(Clone)]
pub struct Passkeys {
    site: Option<Arc<RelyingParty>>,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Options for the browser's `navigator.credentials` (WebAuthn, sections 5.4 and 5.5).
#[derive(JsonSchema, Serialize)]
pub struct PasskeyOptions {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON()` or `PublicKeyCredential.parseRequestOptionsFromJSON()`. The
    /// challenge in it is good for 5 minutes and one response.
    #[schemars(with = "OptionsJson")]
    public_key: Value,
}

struct OptionsJson;

inline_schema!(OptionsJson, {
    "type": "object",
    "required": ["challenge"],
    "properties": { "challenge": { "type": "string", "pattern": "^[A-Za-z0-9_-]+$" } },
});

impl Passkeys {
    /// Options to sign in, or to authenticate again, with a passkey (WebAuthn, section 5.5). They name no credential, so they are
    /// the same for everybody but for the challenge.
    ///
    /// # Errors
    /// [`Error::PasskeysOff`], or when the sealing keys can't be read.
    pub async fn request_options(&self) -> Result<PasskeyOptions> {
        let (site, challenge) = (self.site()?, self.issue(Purpose::SignIn).await?);
        Ok(PasskeyOptions { public_key: site.request_options(&challenge).map_err(internal)? })
    }

    /// Options to make a passkey for an account (WebAuthn, section 5.4). `exclude` has the ids of those that it has.
    pub(super) async fn creation_options(&self, account: &Account, exclude: &[Vec<u8>]) -> Result<PasskeyOptions> {
        let Profile { id, username, first_name, last_name, .. } = &account.profile;
        let full_name = format!("{first_name} {last_name}");
        let display_name = Some(full_name.trim()).filter(|name| !name.is_empty()).unwrap_or(username);
        let holder = Holder { user: id.to_bytes(), name: username, display_name };
        let (site, challenge) = (self.site()?, self.issue(Purpose::Registration(id.to_bytes())).await?);
        let public_key = site.creation_options(&holder, exclude, &challenge).map_err(internal)?;
        Ok(PasskeyOptions { public_key })
    }

    /// The site, if there are passkeys.
    pub(super) fn site(&self) -> Result<&RelyingParty, Error> {
        self.site.as_deref().ok_or(Error::PasskeysOff)
    }

    async fn issue(&self, purpose: Purpose) -> Result<Challenge> {
        let key = self.sealer.derive(CHALLENGES).await?;
        Ok(Challenge::issue(&key, purpose, self.clock.now(), &*self.entropy)?)
    }

    /// The challenge of a sign-in that a response claims to answer. `None` if it was not issued here, or has expired.
    pub(super) async fn of_sign_in(&self, claimed: &ClaimedChallenge) -> Result<Option<Challenge>> {
        self.check(Purpose::SignIn, claimed).await
    }

    /// The challenge of a registration for this user.
    pub(super) async fn of_registration(&self, user: UserId, claimed: &ClaimedChallenge) -> Result<Option<Challenge>> {
        self.check(Purpose::Registration(user.to_bytes()), claimed).await
    }

    async fn check(&self, purpose: Purpose, claimed: &ClaimedChallenge) -> Result<Option<Challenge>> {
        let now = self.clock.now();
        // The right key says that a challenge has expired, so other keys are not asked.
        let open = |key: &[u8; 32]| match Challenge::check(key, purpose, claimed, now) {
            Ok(challenge) => Some(Some(challenge)),
            Err(passkeys::Error::ChallengeExpired) => Some(None),
            Err(_) => None,
        };
        Ok(self.sealer.fitting(CHALLENGES, open).await?.flatten())
    }
}

fn internal(error: passkeys::Error) -> api::Error {
    api::Error::Internal(error.to_string())
}

/// The site of the settings, if they name one.
fn site(settings: &Settings) -> Result<Option<Arc<RelyingParty>>> {
    let environment = &settings.environment;
    let Some(domain) = environment.optional("PASSKEY_DOMAIN") else { return Ok(None) };
    let origin = environment.optional("LINK_BASE").map_or_else(|| format!("https://{domain}"), |base| origin(&base));
    let wrong =
        |error: passkeys::Error| api::Error::setting("PASSKEY_DOMAIN", format!("{domain} for {origin}: {error}"));
    Ok(Some(Arc::new(RelyingParty::new(&domain, &origin).map_err(wrong)?)))
}

/// The origin of a URL: its scheme, host and port (RFC 6454, section 4).
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    format!("{scheme}://{}", rest.split('/').next().unwrap_or_default())
}

impl Part for Passkeys {
    const DATABASE: bool = false;

    fn build(context: &Context, permit: &Permit) -> Result<Self> {
        let site = site(context.settings(permit))?;
        let (clock, entropy) = (context.clock().clone(), context.entropy().clone());
        Ok(Self { site, sealer: context.part(permit)?, clock, entropy })
    }

    fn list(into: &mut Vec<PartInfo>) {
        into.push(PartInfo { name: "Passkeys", tables: &[], variables: &["PASSKEY_DOMAIN", "LINK_BASE"] });
        <Sealer as Part>::list(into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(own: &'static [(&'static str, &'static str)]) -> Settings {
        Settings::read(move |name| {
            let given = own.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            given.or_else(|| (!name.contains("PASSKEY") && !name.contains("LINK")).then(|| usual(name)).flatten())
        })
        .unwrap()
    }

    fn usual(name: &str) -> Option<String> {
        let required = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TOKEN_ISSUER", "TOKEN_AUDIENCE"];
        (required.contains(&name) || name == "TABLE_PREFIX").then(|| "x".to_owned())
    }

    #[test]
    fn the_origin_is_that_of_the_links() {
        assert_eq!(origin("https://app.example.com/account"), "https://app.example.com");
        assert_eq!(origin("http://localhost:3000"), "http://localhost:3000");
    }

    #[test]
    fn settings_that_no_browser_accepts_stop_the_start() {
        for own in [
            &[("PASSKEY_DOMAIN", "example.com")][..],
            &[("PASSKEY_DOMAIN", "example.com"), ("LINK_BASE", "https://app.example.com/account")],
            &[("PASSKEY_DOMAIN", "localhost"), ("LINK_BASE", "http://localhost:3000/account")],
        ] {
            assert!(site(&settings(own)).unwrap().is_some(), "{own:?}");
        }
        for own in [&[][..], &[("LINK_BASE", "nowhere")], &[("PASSKEY_DOMAIN", " ")]] {
            assert!(site(&settings(own)).unwrap().is_none(), "{own:?}");
        }
        for own in [
            &[("PASSKEY_DOMAIN", "example.com"), ("LINK_BASE", "https://example.org")][..],
            &[("PASSKEY_DOMAIN", "example.com"), ("LINK_BASE", "http://example.com")],
            &[("PASSKEY_DOMAIN", "example.com"), ("LINK_BASE", "example.com")],
            &[("PASSKEY_DOMAIN", "https://example.com")],
        ] {
            let error = site(&settings(own)).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("PASSKEY_DOMAIN"), "{own:?}: {error}");
        }
    }
}

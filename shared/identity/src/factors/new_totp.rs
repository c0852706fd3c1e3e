use api::schema;
use auth::{Entropy, FactorId, TotpSecret};
use jiff::Timestamp;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use schemars::JsonSchema;
use serde::Serialize;
use zeroize::Zeroizing;

use super::model::WAITS;
use crate::error::Result;
use crate::users::Account;

/// An authenticator app that waits to be confirmed. The secret is shown once.
#[derive(JsonSchema, Serialize)]
pub struct NewTotp {
    /// The factor's id.
    #[schemars(with = "schema::Id")]
    pub id: FactorId,
    /// The secret in base32, to type it into the app.
    #[schemars(with = "String", example = &"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: Zeroizing<String>,
    /// The address that the app reads.
    #[schemars(with = "String", example = &"otpauth://totp/app%2Eexample%2Ecom:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=app%2Eexample%2Ecom")]
    pub otpauth_uri: Zeroizing<String>,
    /// The address as a QR code: an SVG image.
    #[schemars(with = "String", example = &"<svg ...")]
    pub qr_code: Zeroizing<String>,
    /// When the factor stops waiting.
    #[serde(serialize_with = "api::rfc3339")]
    #[schemars(with = "schema::Instant")]
    pub expires_at: Timestamp,
    /// Whether the confirmation takes a code that is mailed to the account's address, too.
    pub needs_mailed_code: bool,
    #[serde(skip)]
    pub(super) totp: TotpSecret,
}

impl NewTotp {
    /// A new app for an account. `issuer` is the name that the app shows.
    pub(super) fn generate(issuer: &str, account: &Account, now: Timestamp, entropy: &dyn Entropy) -> Result<Self> {
        let totp = TotpSecret::generate(entropy)?;
        let otpauth_uri = totp.otpauth_uri(issuer, &account.profile.username);
        let ends = now.saturating_add(WAITS).unwrap_or(now);
        Ok(Self {
            id: FactorId::new(now, entropy)?,
            secret: totp.to_base32(),
            qr_code: qr_code(&otpauth_uri),
            otpauth_uri,
            // The end is stored in seconds.
            expires_at: Timestamp::from_second(ends.as_second()).unwrap_or(ends),
            needs_mailed_code: !account.has_factor(),
            totp,
        })
    }
}

/// Empty for an address that is too long, which none is: names have bounds.
fn qr_code(uri: &str) -> Zeroizing<String> {
    let code = QrCode::with_error_correction_level(uri, EcLevel::L);
    Zeroizing::new(code.map(|code| code.render::<svg::Color<'_>>().build()).unwrap_or_default())
}

//! `GET /account/assets/{asset}`: the scripts and styles of the account's pages.

use api::{Asset, AssetFiles, AssetKind, Context, Endpoint, Limit, Path, Result, Route, StaticAsset, get};
use auth::{Anyone, Public};

pub struct AccountAsset;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

impl Endpoint for AccountAsset {
    const ROUTE: Route = get("/account/assets/{asset}");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Uses = ();
    type Input = Path<Asset<Self>>;
    type Output = StaticAsset<Self>;

    async fn handle(_: &Context, (): (), _: Anyone, Path(asset): Self::Input) -> Result<Self::Output> {
        Ok(asset.into())
    }
}

impl AssetKind for AccountAsset {
    const TYPES: &[&str] = &["text/css", "text/javascript", "image/svg+xml"];
}

impl AssetFiles for AccountAsset {
    const FILES: &[(&str, &str, &str)] = &[
        ("accept-invitation.js", SCRIPT, include_str!("../../assets/account/accept-invitation.js")),
        ("account.css", STYLE, include_str!("../../assets/account/account.css")),
        ("again.js", SCRIPT, include_str!("../../assets/account/again.js")),
        ("api.js", SCRIPT, include_str!("../../assets/account/api.js")),
        ("ask.js", SCRIPT, include_str!("../../assets/account/ask.js")),
        ("device.js", SCRIPT, include_str!("../../assets/account/device.js")),
        ("dom.js", SCRIPT, include_str!("../../assets/account/dom.js")),
        ("email.js", SCRIPT, include_str!("../../assets/account/email.js")),
        ("enrolment.js", SCRIPT, include_str!("../../assets/account/enrolment.js")),
        ("erase.js", SCRIPT, include_str!("../../assets/account/erase.js")),
        ("factors.js", SCRIPT, include_str!("../../assets/account/factors.js")),
        ("fields.js", SCRIPT, include_str!("../../assets/account/fields.js")),
        ("form.js", SCRIPT, include_str!("../../assets/account/form.js")),
        ("icon.svg", IMAGE, include_str!("../../assets/account/icon.svg")),
        ("main.js", SCRIPT, include_str!("../../assets/account/main.js")),
        ("part.js", SCRIPT, include_str!("../../assets/account/part.js")),
        ("passkey.js", SCRIPT, include_str!("../../assets/account/passkey.js")),
        ("passkeys.js", SCRIPT, include_str!("../../assets/account/passkeys.js")),
        ("password.js", SCRIPT, include_str!("../../assets/account/password.js")),
        ("proof.js", SCRIPT, include_str!("../../assets/account/proof.js")),
        ("qr.js", SCRIPT, include_str!("../../assets/account/qr.js")),
        ("recovery.js", SCRIPT, include_str!("../../assets/account/recovery.js")),
        ("reset-password.js", SCRIPT, include_str!("../../assets/account/reset-password.js")),
        ("security.js", SCRIPT, include_str!("../../assets/account/security.js")),
        ("session.js", SCRIPT, include_str!("../../assets/account/session.js")),
        ("sessions.js", SCRIPT, include_str!("../../assets/account/sessions.js")),
        ("sign-up.js", SCRIPT, include_str!("../../assets/account/sign-up.js")),
        ("texts.js", SCRIPT, include_str!("../../assets/account/texts.js")),
        ("verify-email.js", SCRIPT, include_str!("../../assets/account/verify-email.js")),
    ];
}

pub fn main() -> std::process::ExitCode {
    api::serve::<AccountAsset>()
}

//! `GET /account/{page}`: the pages behind the mailed links, for signing up, and for the security of one's account.

use api::{AssetKind, Context, Endpoint, FromPath, Limit, PAGE_POLICY, Path, Result, Route, StaticAsset, get};
use auth::{Anyone, Public};
use http::HeaderName;
use http::header::CONTENT_SECURITY_POLICY;
use serde_json::{Value, json};

pub struct AccountPage;

/// One of the pages. Its script, named like the page, makes its contents.
pub struct Page;

const PAGES: [&str; 5] = ["accept-invitation", "reset-password", "security", "sign-up", "verify-email"];

impl Endpoint for AccountPage {
    const ROUTE: Route = get("/account/{page}");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Uses = ();
    type Input = Path<Page>;
    type Output = StaticAsset<Self>;

    async fn handle(_: &Context, (): (), _: Anyone, Path(Page): Self::Input) -> Result<Self::Output> {
        Ok(StaticAsset::new("text/html; charset=utf-8", include_str!("../../assets/account/account.html")))
    }
}

impl FromPath for Page {
    const NAME: &str = "page";

    fn from_path(name: &str) -> Option<Self> {
        PAGES.contains(&name).then_some(Self)
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": PAGES })
    }
}

impl AssetKind for AccountPage {
    const TYPES: &[&str] = &["text/html"];
    const HEADERS: &[(HeaderName, &str)] = &[(CONTENT_SECURITY_POLICY, PAGE_POLICY)];
}

pub fn main() -> std::process::ExitCode {
    api::serve::<AccountPage>()
}

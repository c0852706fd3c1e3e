//! `GET /docs/{asset}`: the scripts and styles of the documentation page.

use api::{Asset, AssetFiles, AssetKind, Context, Endpoint, Limit, Path, Result, Route, StaticAsset, get};
use auth::{Anyone, Public};

pub struct DocsAsset;

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

impl Endpoint for DocsAsset {
    const ROUTE: Route = get("/docs/{asset}");
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

impl AssetKind for DocsAsset {
    const TYPES: &[&str] = &["text/css", "text/javascript", "text/plain"];
}

/// The last file has the licences that the script bundle refers to.
impl AssetFiles for DocsAsset {
    const FILES: &[(&str, &str, &str)] = &[
        ("again.js", SCRIPT, include_str!("../../assets/docs/again.js")),
        ("api.js", SCRIPT, include_str!("../../assets/docs/api.js")),
        ("docs.css", STYLE, include_str!("../../assets/docs/docs.css")),
        ("docs.js", SCRIPT, include_str!("../../assets/docs/docs.js")),
        ("passkey.js", SCRIPT, include_str!("../../assets/docs/passkey.js")),
        ("texts.js", SCRIPT, include_str!("../../assets/docs/texts.js")),
        ("swagger-ui.css", STYLE, include_str!("../../assets/docs/swagger-ui.css")),
        ("swagger-ui-bundle.js", SCRIPT, include_str!("../../assets/docs/swagger-ui-bundle.js")),
        ("swagger-ui-bundle.js.LICENSE.txt", PLAIN, include_str!("../../assets/docs/swagger-ui-bundle.js.LICENSE.txt")),
    ];
}

pub fn main() -> std::process::ExitCode {
    api::serve::<DocsAsset>()
}

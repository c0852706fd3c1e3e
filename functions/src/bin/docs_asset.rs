//! `GET /docs/{asset}`: the scripts and styles of the documentation page.

use api::{AssetKind, Context, Endpoint, FromPath, Limit, Path, Result, Route, StaticAsset, get};
use auth::{Anyone, Public};
use serde_json::{Value, json};

pub struct DocsAsset;

/// A file of the documentation page.
pub struct Asset {
    media_type: &'static str,
    text: &'static str,
}

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PLAIN: &str = "text/plain; charset=utf-8";

/// Name, media type and text of each file. The last file has the licences that the script bundle refers to.
const ASSETS: [(&str, &str, &str); 7] = [
    ("docs.css", STYLE, include_str!("../../assets/docs/docs.css")),
    ("docs.js", SCRIPT, include_str!("../../assets/docs/docs.js")),
    ("password.js", SCRIPT, include_str!("../../assets/docs/password.js")),
    ("texts.js", SCRIPT, include_str!("../../assets/docs/texts.js")),
    ("swagger-ui.css", STYLE, include_str!("../../assets/docs/swagger-ui.css")),
    ("swagger-ui-bundle.js", SCRIPT, include_str!("../../assets/docs/swagger-ui-bundle.js")),
    ("swagger-ui-bundle.js.LICENSE.txt", PLAIN, include_str!("../../assets/docs/swagger-ui-bundle.js.LICENSE.txt")),
];

impl Endpoint for DocsAsset {
    const ROUTE: Route = get("/docs/{asset}");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    const CACHE_CONTROL: &str = "public, max-age=60";
    type Uses = ();
    type Input = Path<Asset>;
    type Output = StaticAsset<Self>;

    async fn handle(_: &Context, (): (), _: Anyone, Path(asset): Self::Input) -> Result<Self::Output> {
        Ok(StaticAsset::new(asset.media_type, asset.text))
    }
}

impl FromPath for Asset {
    const NAME: &str = "asset";

    fn from_path(name: &str) -> Option<Self> {
        let found = ASSETS.iter().find(|(known, ..)| *known == name);
        found.map(|(_, media_type, text)| Self { media_type, text })
    }

    fn schema() -> Value {
        json!({ "type": "string", "enum": ASSETS.map(|(name, ..)| name) })
    }
}

impl AssetKind for DocsAsset {
    const TYPES: &[&str] = &["text/css", "text/javascript", "text/plain"];
}

pub fn main() -> std::process::ExitCode {
    api::serve::<DocsAsset>()
}

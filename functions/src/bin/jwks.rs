//! `GET /.well-known/jwks.json`: the public keys that verify access tokens (RFC 7517).

use api::{Context, Endpoint, Json, Limit, Result, Route, Tagged, get};
use auth::{Anyone, Public, PublicKey};
use identity::SigningKeys;
use schemars::JsonSchema;
use serde::Serialize;

pub struct Jwks;

/// `{"keys": [...]}`
#[derive(JsonSchema, Serialize)]
pub struct KeySet {
    keys: Vec<Jwk>,
}

/// An Ed25519 public key (RFC 8037, section 2).
#[derive(JsonSchema, Serialize)]
pub struct Jwk {
    #[schemars(extend("const" = "OKP"))]
    kty: &'static str,
    #[schemars(extend("const" = "Ed25519"))]
    crv: &'static str,
    #[schemars(extend("const" = "sig"))]
    r#use: &'static str,
    #[schemars(extend("const" = "EdDSA"))]
    alg: &'static str,
    #[schemars(length(equal = 43))]
    kid: String,
    #[schemars(length(equal = 43))]
    x: String,
}

impl Endpoint for Jwks {
    const ROUTE: Route = get("/.well-known/jwks.json");
    type Access = Public;
    const LIMITS: &[Limit] = &[];
    // A verifier with an unknown key asks again at once, and must not get an old copy.
    const CACHE_CONTROL: &str = "no-cache";
    type Uses = (SigningKeys,);
    type Input = ();
    type Output = Tagged<Json<KeySet>>;

    async fn handle(context: &Context, (keys,): Self::Uses, _: Anyone, (): ()) -> Result<Self::Output> {
        let keys = keys.current(context.clock().now()).await?;
        Ok(Tagged(Json(KeySet { keys: keys.iter().map(Jwk::from).collect() })))
    }
}

impl From<&PublicKey> for Jwk {
    fn from(key: &PublicKey) -> Self {
        let (kid, x) = (key.id().to_string(), key.x().to_owned());
        Self { kty: "OKP", crv: "Ed25519", r#use: "sig", alg: "EdDSA", kid, x }
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<Jwks>()
}

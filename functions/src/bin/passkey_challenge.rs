//! `POST /v1/auth/passkey/options`: anyone asks for what a browser needs to sign in, or to authenticate again, with a passkey.
//! Nothing is stored: the challenge proves itself, and is good for five minutes.

use api::{Code, Context, Endpoint, Json, Limit, MINUTE, Result, Route, per_ip, post};
use auth::{Anyone, Public};
use identity::{PasskeyOptions, Passkeys, codes};

pub struct PasskeyChallenge;

impl Endpoint for PasskeyChallenge {
    const ROUTE: Route = post("/v1/auth/passkey/options");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(30, MINUTE)];
    const ERRORS: &[Code] = &[codes::PASSKEYS_OFF];
    type Uses = (Passkeys,);
    type Input = ();
    type Output = Json<PasskeyOptions>;

    async fn handle(_: &Context, (passkeys,): Self::Uses, _: Anyone, (): ()) -> Result<Self::Output> {
        passkeys.request_options().await.map(Json)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasskeyChallenge>()
}

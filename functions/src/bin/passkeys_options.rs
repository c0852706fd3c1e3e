//! `POST /v1/users/me/passkeys/options`: users with an authenticator app ask for what their browser needs to make a passkey.

use api::{Code, Context, Endpoint, HOUR, Json, Limit, Result, Route, per_user, post};
use auth::{Recent, RecentAuth, SignedIn, User};
use identity::{PasskeyOptions, StoredPasskeys, Users, codes};

pub struct PasskeysOptions;

impl Endpoint for PasskeysOptions {
    const ROUTE: Route = post("/v1/users/me/passkeys/options");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[per_user(10, HOUR)];
    const ERRORS: &[Code] = &[codes::PASSKEYS_OFF, codes::NO_FACTOR, codes::TOO_MANY_FACTORS];
    type Uses = (Users, StoredPasskeys);
    type Input = ();
    type Output = Json<PasskeyOptions>;

    async fn handle(
        _: &Context,
        (users, passkeys): Self::Uses,
        user: RecentAuth<User>,
        (): (),
    ) -> Result<Self::Output> {
        let account = users.me(user.caller()).await?;
        passkeys.offer(&user, &account).await.map(Json)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasskeysOptions>()
}

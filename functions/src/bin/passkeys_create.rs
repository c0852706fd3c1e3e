//! `POST /v1/users/me/passkeys`: users add the passkey that their browser made. It is a second factor, and signs in without the
//! password, too.

use api::{Body, Code, Context, Created, Endpoint, Fields, HOUR, Json, Limit, Result, Route, per_user, post};
use auth::{Recent, RecentAuth, SignedIn, User};
use identity::{Factor, FactorFields, PasskeyEnrolments, PasskeyName, PasskeyResponse, codes};

pub struct PasskeysCreate;

/// `{"credential", "name"?}`
pub struct NewPasskey {
    credential: PasskeyResponse,
    name: Option<PasskeyName>,
}

impl Endpoint for PasskeysCreate {
    const ROUTE: Route = post("/v1/users/me/passkeys");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[per_user(10, HOUR)];
    const ERRORS: &[Code] = &[codes::PASSKEYS_OFF, codes::NO_FACTOR, codes::TOO_MANY_FACTORS];
    type Uses = (PasskeyEnrolments,);
    type Input = Json<NewPasskey>;
    type Output = Created<Factor>;

    async fn handle(
        context: &Context,
        (enrolments,): Self::Uses,
        user: RecentAuth<User>,
        Json(NewPasskey { credential, name }): Self::Input,
    ) -> Result<Self::Output> {
        let body = enrolments.add(&user, (&credential, name), context.clock().now()).await?;
        Ok(Created { location: format!("/v1/users/me/factors/{}", body.id), body })
    }
}

impl Body for NewPasskey {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let credential = fields.new_passkey();
        let name = fields.optional("name", |field| PasskeyName::parse(&field.text()?));
        Some(Self { credential: credential?, name: name? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasskeysCreate>()
}

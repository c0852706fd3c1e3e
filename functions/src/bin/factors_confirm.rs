//! `POST /v1/users/me/factors/{factor_id}/confirm`: users confirm an authenticator app with its code, and with the mailed
//! code if it is their first factor. All sessions end, and the next sign-in takes a code. The response has recovery codes,
//! which are shown once.

use api::{Body, Code, Context, Endpoint, Fields, Json, Limit, Path, Result, Route, post};
use auth::{FactorId, Recent, RecentAuth, SignedIn, User};
use identity::{
    Confirmation, Enrolments, Error, FactorFields, OWN_PASSWORD_LIMIT, OwnPassword, RecoveryCodes, Users, codes,
};

pub struct FactorsConfirm;

/// `{"code", "mailed_code"?}`
pub struct Confirm(Confirmation);

impl Endpoint for FactorsConfirm {
    const ROUTE: Route = post("/v1/users/me/factors/{factor_id}/confirm");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[OWN_PASSWORD_LIMIT];
    const ERRORS: &[Code] = &[codes::FACTOR_EXISTS];
    type Uses = (Users, Enrolments, OwnPassword);
    type Input = (Path<FactorId>, Json<Confirm>);
    type Output = Json<RecoveryCodes>;

    async fn handle(
        context: &Context,
        (users, enrolments, own_password): Self::Uses,
        user: RecentAuth<User>,
        (Path(id), Json(Confirm(codes))): Self::Input,
    ) -> Result<Self::Output> {
        let account = users.me(user.caller()).await?;
        match enrolments.confirm(&user, &account, (id, &codes), context.clock().now()).await? {
            Ok(codes) => Ok(Json(codes)),
            Err(field) => Err(own_password.refuse_code(user.caller(), Error::CodeWrong { field }).await),
        }
    }
}

impl Body for Confirm {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let (code, mailed_code) = (fields.app_code(), fields.mailed_code());
        Some(Self(Confirmation { code: code?, mailed_code: mailed_code? }))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FactorsConfirm>()
}

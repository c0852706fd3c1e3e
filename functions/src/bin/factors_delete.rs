//! `DELETE /v1/users/me/factors/{factor_id}`: users remove a second factor. All sessions end. The authenticator app goes after
//! the passkeys, and the recovery codes with it. Roles that need a second factor rest until there is one again.

use api::{Code, Context, Endpoint, HOUR, Limit, NoContent, Path, Result, Route, delete, per_user};
use auth::{FactorId, Recent, RecentAuth, SignedIn, User};
use identity::{Factors, codes};

pub struct FactorsDelete;

impl Endpoint for FactorsDelete {
    const ROUTE: Route = delete("/v1/users/me/factors/{factor_id}");
    type Access = Recent<SignedIn>;
    const LIMITS: &[Limit] = &[per_user(10, HOUR)];
    const ERRORS: &[Code] = &[codes::PASSKEYS_EXIST];
    type Uses = (Factors,);
    type Input = Option<Path<FactorId>>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (factors,): Self::Uses,
        user: RecentAuth<User>,
        factor: Self::Input,
    ) -> Result<Self::Output> {
        let Some(Path(factor)) = factor else { return Ok(NoContent) };
        factors.remove(&user, factor, context.clock().now()).await?;
        Ok(NoContent)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<FactorsDelete>()
}

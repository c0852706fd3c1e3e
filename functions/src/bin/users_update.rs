//! `PATCH /v1/users/{user_id}`: superusers decide what others may do, from their next request on.

use api::{App, Body, Code, Endpoint, Error, Json, Limit, MINUTE, Members, Path, Result, Route, patch, per_user};
use auth::{Superuser, SuperuserOnly, UserId};
use store::{AccessChange, ManagedProfile};

pub struct UsersUpdate;

/// `{"is_active"?, "is_staff"?, "is_superuser"?}`, at least one of them.
pub struct Change(AccessChange);

impl Endpoint for UsersUpdate {
    const ROUTE: Route = patch("/v1/users/{user_id}");
    type Access = SuperuserOnly;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    const FAILS: &[Code] = &[Code::OwnAccount];
    type Input = (Path<UserId>, Json<Change>);
    type Output = Json<ManagedProfile>;

    async fn handle(
        app: &App,
        superuser: Superuser,
        (Path(user), Json(Change(change))): Self::Input,
    ) -> Result<Self::Output> {
        let account = app.users.change_access(&superuser, user, change).await?.ok_or(Error::NotFound)?;
        let AccessChange { is_active, is_staff, is_superuser } = change;
        let by = superuser.user().id();
        tracing::info!(event = "roles_changed", %user, %by, is_active, is_staff, is_superuser);
        Ok(Json(account.into()))
    }
}

impl Body for Change {
    fn read(members: &mut impl Members) -> Option<Self> {
        let is_active = members.optional("is_active", |member| member.flag());
        let is_staff = members.optional("is_staff", |member| member.flag());
        let is_superuser = members.optional("is_superuser", |member| member.flag());
        members.at_least_one_of(&["is_active", "is_staff", "is_superuser"]);
        Some(Self(AccessChange { is_active: is_active?, is_staff: is_staff?, is_superuser: is_superuser? }))
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersUpdate>()
}

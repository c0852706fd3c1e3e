//! `PATCH /v1/users/{user_id}`: superusers change the roles of other users, or close their accounts. Changes take
//! effect with the user's next request.

use api::{
    Audit, Body, Code, Context, Edited, Endpoint, Error, Fields, Json, Limit, MINUTE, Path, Result, Route, patch,
    per_user, recorded,
};
use auth::{Recent, RecentAuth, Superuser, SuperuserOnly, UserId};
use identity::{AccessChange, ChangedAccess, ManagedProfile, Notice, Notices, Users, codes};

pub struct UsersUpdate;

/// `{"is_active"?, "is_staff"?, "is_superuser"?}`, at least one of them.
pub struct Change(AccessChange);

impl Endpoint for UsersUpdate {
    const ROUTE: Route = patch("/v1/users/{user_id}");
    type Access = Recent<SuperuserOnly>;
    const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
    const ERRORS: &[Code] = &[codes::OWN_ACCOUNT];
    type Uses = (Users, Audit, Notices);
    type Input = (Path<UserId>, Json<Change>);
    type Output = Json<ManagedProfile>;

    async fn handle(
        context: &Context,
        (users, audit, notices): Self::Uses,
        superuser: RecentAuth<Superuser>,
        (Path(user), Json(Change(change))): Self::Input,
    ) -> Result<Self::Output> {
        let AccessChange { is_active, is_staff, is_superuser } = change;
        let by = superuser.caller().user().id();
        let act = audit.act(context, &superuser);
        let changed = recorded(users.change_access(&act, user, change), |outcome| {
            tracing::info!(event = "roles_changed", %user, %by, is_active, is_staff, is_superuser, outcome);
        });
        let changed = changed.await;
        let (roles, now) = (Notice::RolesChanged { is_staff, is_superuser }, context.clock().now());
        match changed {
            // Only the write says what changed.
            Ok(Edited { value: Some(ChangedAccess { account, changed_roles, was_closed }), .. }) => {
                notices.tell_if(&account, changed_roles.then_some(roles), now).await;
                notices.tell_if(&account, was_closed.then_some(Notice::Deactivated), now).await;
                Ok(Json(account.into()))
            }
            Ok(Edited { value: None, .. }) => Err(Error::NotFound),
            Err(error) => {
                if error.is_unconfirmed() && (is_staff.is_some() || is_superuser.is_some()) {
                    notices.tell_user(user, roles, now).await;
                }
                if error.is_unconfirmed() && is_active == Some(false) {
                    notices.tell_user(user, Notice::Deactivated, now).await;
                }
                Err(error)
            }
        }
    }
}

impl Body for Change {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let is_active = fields.optional("is_active", |field| field.flag());
        let is_staff = fields.optional("is_staff", |field| field.flag());
        let is_superuser = fields.optional("is_superuser", |field| field.flag());
        fields.at_least_one_of(&["is_active", "is_staff", "is_superuser"]);
        Some(Self(AccessChange { is_active: is_active?, is_staff: is_staff?, is_superuser: is_superuser? }))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<UsersUpdate>()
}

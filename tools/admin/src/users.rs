use auth::{Roles, UserId};
use identity::{AccessChange, Account, Email, ManagedProfile, NewPasswords, NewUser, PersonName, Username, Users};

use crate::error::{Error, Result};
use crate::options::NewSuperuser;
use crate::{Context, ask, enrolment, pages};

pub async fn create_superuser(context: &Context, new: NewSuperuser) -> Result<()> {
    let invalid = |what: &str, message: &str| Error::Refused(format!("the {what} {message}"));
    let username = Username::parse(&new.username).map_err(|message| invalid("username", message))?;
    let email = Email::parse(&new.email).map_err(|message| invalid("email", message))?;
    let password = ask::new_password(new.password_stdin)?;
    let target = &context.target;
    let passwords = target.part::<NewPasswords>()?;
    passwords.check(&password, &[username.as_str(), email.as_str()])?;
    let now = target.api.clock().now();
    let user = NewUser {
        id: UserId::new(now, &**target.api.entropy()).map_err(auth::Error::from)?,
        username,
        email,
        first_name: PersonName::default(),
        last_name: PersonName::default(),
        password_hash: passwords.hash(password).await?,
        created_at: now,
    };
    let roles = Roles { is_staff: new.staff, is_superuser: true };
    let (users, id) = (target.part::<Users>()?, user.id);
    let account = api::recorded(users.create_with_roles(&context.act(), &user, roles), |outcome| {
        let Roles { is_staff, is_superuser } = roles;
        tracing::info!(event = "user_created", user = %id, is_staff, is_superuser, by = "operator", outcome);
    })
    .await?;
    let sentence = format!("created superuser {} with the id {}", account.profile.username, account.profile.id);
    context.output.one(&ManagedProfile::from(account.clone()), &sentence)?;
    enrolment::offer(context, &account, new.no_enrol).await
}

pub async fn list(context: &Context) -> Result<()> {
    let (users, act) = (context.target.part::<Users>()?, context.act());
    let accounts = pages::all(async |page| users.list(&act, page).await).await?;
    let mut users: Vec<ManagedProfile> = accounts.into_iter().map(ManagedProfile::from).collect();
    users.sort_by(|a, b| a.profile.username.cmp(&b.profile.username));
    context.output.list(&users, &["ID", "USERNAME", "EMAIL", "ACTIVE", "STAFF", "SUPERUSER"], |user| {
        let flag = |set: bool| if set { "yes" } else { "no" }.to_owned();
        let shown = &user.profile;
        let flags = [user.is_active, shown.is_staff, shown.is_superuser].map(flag);
        [shown.id.to_string(), shown.username.clone(), shown.email.clone()].into_iter().chain(flags).collect()
    })
}

pub async fn set_roles(
    context: &Context,
    user: &str,
    is_staff: Option<bool>,
    is_superuser: Option<bool>,
) -> Result<()> {
    let change = AccessChange { is_active: None, is_staff, is_superuser };
    let account = change_access(context, user, change).await?;
    let Roles { is_staff, is_superuser } = account.roles();
    let sentence = format!("{}: staff {is_staff}, superuser {is_superuser}", account.profile.username);
    context.output.one(&ManagedProfile::from(account), &sentence)
}

pub async fn set_active(context: &Context, user: &str, is_active: bool) -> Result<()> {
    let change = AccessChange { is_active: Some(is_active), ..AccessChange::default() };
    let account = change_access(context, user, change).await?;
    let done = if is_active { "activated" } else { "deactivated, all sessions ended" };
    let sentence = format!("{}: {done}", account.profile.username);
    context.output.one(&ManagedProfile::from(account), &sentence)
}

async fn change_access(context: &Context, user: &str, change: AccessChange) -> Result<Account> {
    let account = context.target.account(&context.operator, user).await?;
    let (users, id) = (context.target.part::<Users>()?, account.profile.id);
    let act = context.act();
    let changed = api::recorded(users.change_access(&act, id, change), |outcome| {
        let AccessChange { is_active, is_staff, is_superuser } = change;
        tracing::info!(event = "roles_changed", user = %id, is_active, is_staff, is_superuser, by = "operator", outcome);
    });
    changed.await?.value.map(|changed| changed.account).ok_or_else(|| Error::NotFound(format!("user {user}")))
}

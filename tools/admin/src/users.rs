use auth::{Roles, UserId};
use store::{AccessChange, Account, Email, ManagedProfile, NewUser, PersonName, Username};

use crate::error::{Error, Result};
use crate::options::NewSuperuser;
use crate::{Desk, ask, pages};

pub async fn create_superuser(desk: &Desk, new: NewSuperuser) -> Result<()> {
    let invalid = |what: &str, message: &str| Error::Refused(format!("the {what} {message}"));
    let username = Username::parse(&new.username).map_err(|message| invalid("username", message))?;
    let email = Email::parse(&new.email).map_err(|message| invalid("email", message))?;
    let password = ask::new_password(new.password_stdin)?;
    password.check_new(&[username.as_str(), email.as_str()])?;
    let app = &desk.target.app;
    let now = app.clock.now();
    let user = NewUser {
        id: UserId::new(now, &*app.entropy).map_err(auth::Error::from)?,
        username,
        email,
        first_name: PersonName::default(),
        last_name: PersonName::default(),
        password_hash: app.hash_password(password).await?,
        created_at: now,
    };
    let roles = Roles { is_staff: new.staff, is_superuser: true };
    let account = app.users.create_with_roles(&desk.operator, &user, roles).await?;
    tracing::info!(event = "user_created", user = %account.profile.id, is_staff = new.staff, is_superuser = true, by = "operator");
    let sentence = format!("created superuser {} with the id {}", account.profile.username, account.profile.id);
    desk.output.one(&ManagedProfile::from(account), &sentence)
}

pub async fn list(desk: &Desk) -> Result<()> {
    let users = &desk.target.app.users;
    let accounts = pages::all(async |page| users.list(&desk.operator, page).await).await?;
    let mut users: Vec<ManagedProfile> = accounts.into_iter().map(ManagedProfile::from).collect();
    users.sort_by(|a, b| a.profile.username.cmp(&b.profile.username));
    desk.output.list(&users, &["ID", "USERNAME", "EMAIL", "ACTIVE", "STAFF", "SUPERUSER"], |user| {
        let flag = |set: bool| if set { "yes" } else { "no" }.to_owned();
        let shown = &user.profile;
        let flags = [user.is_active, shown.is_staff, shown.is_superuser].map(flag);
        [shown.id.to_string(), shown.username.clone(), shown.email.clone()].into_iter().chain(flags).collect()
    })
}

pub async fn set_roles(desk: &Desk, user: &str, is_staff: Option<bool>, is_superuser: Option<bool>) -> Result<()> {
    let change = AccessChange { is_active: None, is_staff, is_superuser };
    let account = change_access(desk, user, change).await?;
    let Roles { is_staff, is_superuser } = account.roles();
    let sentence = format!("{}: staff {is_staff}, superuser {is_superuser}", account.profile.username);
    desk.output.one(&ManagedProfile::from(account), &sentence)
}

pub async fn set_active(desk: &Desk, user: &str, is_active: bool) -> Result<()> {
    let change = AccessChange { is_active: Some(is_active), ..AccessChange::default() };
    let account = change_access(desk, user, change).await?;
    let done = if is_active { "activated" } else { "deactivated, all sessions ended" };
    let sentence = format!("{}: {done}", account.profile.username);
    desk.output.one(&ManagedProfile::from(account), &sentence)
}

async fn change_access(desk: &Desk, user: &str, change: AccessChange) -> Result<Account> {
    let account = desk.target.account(&desk.operator, user).await?;
    let changed = desk.target.app.users.change_access(&desk.operator, account.profile.id, change).await?;
    let changed = changed.ok_or_else(|| Error::NotFound(format!("user {user}")))?;
    let AccessChange { is_active, is_staff, is_superuser } = change;
    let user = changed.profile.id;
    tracing::info!(event = "roles_changed", %user, is_active, is_staff, is_superuser, by = "operator");
    Ok(changed)
}

//! Demo accounts, for local work.

use api::{Audit, Context, Permit};
use auth::{NewPassword, Roles, UserId};
use operator::Operator;

use crate::error::{Error, Result};
use crate::names::{Email, PersonName, Username};
use crate::passwords::NewPasswords;
use crate::users::{NewUser, Users};

/// The password of all demo accounts.
pub const PASSWORD: &str = "correct-horse-battery-staple";

/// A demo account, with the email `<username>@example.com`.
#[derive(Clone, Copy, Debug)]
pub struct DemoAccount {
    /// The username.
    pub username: &'static str,
    /// The roles.
    pub roles: Roles,
}

/// The demo accounts.
pub const ACCOUNTS: [DemoAccount; 3] = [
    DemoAccount { username: "superuser", roles: Roles { is_staff: true, is_superuser: true } },
    DemoAccount { username: "staff", roles: Roles { is_staff: true, is_superuser: false } },
    DemoAccount { username: "user", roles: Roles { is_staff: false, is_superuser: false } },
];

/// Creates missing demo accounts.
///
/// # Errors
/// When the accounts can't be stored.
pub async fn seed(context: &Context, operator: &Operator) -> api::Result<()> {
    let (users, passwords, audit): (Users, NewPasswords, Audit) = context.part(&Permit::for_operator(operator))?;
    for account in ACCOUNTS {
        let hash = passwords.hash(NewPassword::parse(PASSWORD)?).await?;
        let new = new_user(context, account, hash)?;
        match users.create_with_roles(&audit.act(context, operator), &new, account.roles).await {
            Ok(_) | Err(Error::UsernameTaken | Error::EmailTaken) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn new_user(context: &Context, account: DemoAccount, password_hash: auth::PasswordHash) -> Result<NewUser> {
    let now = context.clock().now();
    let invalid = |message: &str| dynamo::Error::Refused(format!("demo data: {message}"));
    Ok(NewUser {
        id: UserId::new(now, &**context.entropy())?,
        username: Username::parse(account.username).map_err(invalid)?,
        email: Email::parse(&format!("{}@example.com", account.username)).map_err(invalid)?,
        first_name: PersonName::default(),
        last_name: PersonName::default(),
        password_hash,
        created_at: now,
    })
}

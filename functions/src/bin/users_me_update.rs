//! `PATCH /v1/users/me`: users change their names. Those they sign in with ask for the password; a new email is mailed a
//! link that verifies it, and so is the old one when it is set again unverified.

use api::{App, Body, Code, Endpoint, Json, Limit, MINUTE, Members, Passwords, QueueName, Result, Route, patch};
use api::{per_ip, per_user};
use auth::{Password, SignedIn, User};
use store::{Account, Email, IdentityChange, OwnProfile, PersonName, ProfileChange, Username};

pub struct UsersMeUpdate;

/// `{"first_name"?, "last_name"?, "username"?, "email"?, "current_password"?}`, at least one of the first four; the last
/// one with either of the two before it.
pub struct Change {
    first_name: Option<PersonName>,
    last_name: Option<PersonName>,
    username: Option<Username>,
    email: Option<Email>,
    current_password: Option<Password>,
}

impl Endpoint for UsersMeUpdate {
    const ROUTE: Route = patch("/v1/users/me");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed(), per_user(5, MINUTE).fail_closed()];
    const PASSWORDS: Passwords = Passwords::Hashed;
    const QUEUES: &[QueueName] = &[QueueName::Mail];
    const FAILS: &[Code] = &[Code::UsernameTaken, Code::EmailTaken];
    type Input = Json<Change>;
    type Output = Json<OwnProfile>;

    async fn handle(app: &App, user: User, Json(change): Self::Input) -> Result<Self::Output> {
        let account = app.me(&user).await?;
        let (wants_username, wants_email) = (change.username.is_some(), change.email.is_some());
        let change = authorize(app, &account, change).await?;
        app.users.change_profile(&user, &account, &change).await?;
        let changed = app.me(&user).await?;
        tracing::info!(event = "profile_changed", user = %user.id(), names = wants_username || wants_email);
        if wants_email && !changed.email_verified {
            app.send_verification(user.id()).await;
        }
        Ok(Json(changed.into()))
    }
}

async fn authorize(app: &App, account: &Account, change: Change) -> Result<ProfileChange> {
    let Change { first_name, last_name, username, email, current_password } = change;
    let identity = match current_password {
        Some(password) => {
            let proof = app.verify_password(password, account, "current_password").await?;
            Some(IdentityChange { proof, username, email })
        }
        None => None,
    };
    Ok(ProfileChange { first_name, last_name, identity })
}

impl Body for Change {
    fn read(members: &mut impl Members) -> Option<Self> {
        let first_name = members.optional("first_name", |member| PersonName::parse(&member.text()?));
        let last_name = members.optional("last_name", |member| PersonName::parse(&member.text()?));
        let username = members.optional("username", |member| Username::parse(&member.text()?));
        let email = members.optional("email", |member| Email::parse(&member.text()?));
        let current_password = members.optional_password("current_password");
        members.at_least_one_of(&["first_name", "last_name", "username", "email"]);
        members.needed_with(&["username", "email"], "current_password");
        Some(Self {
            first_name: first_name?,
            last_name: last_name?,
            username: username?,
            email: email?,
            current_password: current_password?,
        })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersMeUpdate>()
}

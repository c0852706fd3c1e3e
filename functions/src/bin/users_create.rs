//! `POST /v1/users`: anyone signs up. Roles can't be had this way.

use api::{
    App, Body, Code, Created, Endpoint, Json, Limit, MINUTE, Members, Passwords, QueueName, Result, Route, per_ip, post,
};
use auth::{Anyone, Password, Public, UserId};
use store::{Email, NewUser, OwnProfile, PersonName, Username};

pub struct UsersCreate;

/// `{"username", "email", "password", "first_name"?, "last_name"?}`
pub struct SignUp {
    username: Username,
    email: Email,
    password: Password,
    first_name: PersonName,
    last_name: PersonName,
}

impl Endpoint for UsersCreate {
    const ROUTE: Route = post("/v1/users");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const PASSWORDS: Passwords = Passwords::Chosen;
    const QUEUES: &[QueueName] = &[QueueName::Mail];
    const FAILS: &[Code] = &[Code::UsernameTaken, Code::EmailTaken];
    type Input = Json<SignUp>;
    type Output = Created<OwnProfile>;

    async fn handle(app: &App, anyone: Anyone, Json(new): Self::Input) -> Result<Self::Output> {
        let now = app.clock.now();
        let new = NewUser {
            id: UserId::new(now, &*app.entropy)?,
            username: new.username,
            email: new.email,
            first_name: new.first_name,
            last_name: new.last_name,
            password_hash: app.hash_password(new.password).await?,
            created_at: now,
        };
        let id = new.id;
        let body = app.users.create(&anyone, &new).await?.into();
        tracing::info!(event = "user_created", user = %id);
        app.send_verification(id).await;
        Ok(Created { location: format!("/v1/users/{id}"), body })
    }
}

impl Body for SignUp {
    /// Estimating how guessable a password is can take a second.
    const COSTLY: bool = true;

    fn read(members: &mut impl Members) -> Option<Self> {
        let username = members.required("username", |member| Username::parse(&member.text()?));
        let email = members.required("email", |member| Email::parse(&member.text()?));
        let first_name = members.optional("first_name", |member| PersonName::parse(&member.text()?));
        let last_name = members.optional("last_name", |member| PersonName::parse(&member.text()?));
        let password = members.new_password("password");
        // Weighed whatever else is wrong, with the names that could be read.
        let names = [&first_name, &last_name].map(|name| name.as_ref().and_then(Option::as_ref));
        let names = names.into_iter().flatten().map(PersonName::as_str);
        let hints: Vec<_> =
            username.iter().map(Username::as_str).chain(email.iter().map(Email::as_str)).chain(names).collect();
        if let Some(Err(auth::Error::Password(message))) = password.as_ref().map(|new| new.check_new(&hints)) {
            members.refuse("password", message);
        }
        Some(Self {
            username: username?,
            email: email?,
            password: password?,
            first_name: first_name?.unwrap_or_default(),
            last_name: last_name?.unwrap_or_default(),
        })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<UsersCreate>()
}

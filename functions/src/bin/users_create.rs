//! `POST /v1/users`: anyone signs up, unless the stack is closed to people without an invitation. New accounts
//! have no roles.

use api::{
    Body, Code, Context, Created, Endpoint, Fields, Json, Limit, MINUTE, Queue, Result, Route, per_ip, post, recorded,
};
use auth::{Anyone, NewPassword, Public, UserId};
use identity::{
    Email, MailJob, NewPasswords, NewUser, OwnProfile, PasswordFields, PersonName, SignUp, Username, Users, codes,
};

pub struct UsersCreate;

/// `{"username", "email", "password", "first_name"?, "last_name"?}`
pub struct NewAccount {
    username: Username,
    email: Email,
    password: NewPassword,
    first_name: PersonName,
    last_name: PersonName,
}

impl Endpoint for UsersCreate {
    const ROUTE: Route = post("/v1/users");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const ERRORS: &[Code] = &[codes::SIGN_UP_CLOSED, codes::USERNAME_TAKEN, codes::EMAIL_TAKEN];
    type Uses = (SignUp, Users, NewPasswords, Queue<MailJob>);
    type Input = Json<NewAccount>;
    type Output = Created<OwnProfile>;

    async fn handle(
        context: &Context,
        (sign_up, users, passwords, mails): Self::Uses,
        anyone: Anyone,
        Json(new): Self::Input,
    ) -> Result<Self::Output> {
        sign_up.admit()?;
        let now = context.clock().now();
        let names = [new.username.as_str(), new.email.as_str(), new.first_name.as_str(), new.last_name.as_str()];
        let hints = names.map(str::to_owned).into();
        let new = NewUser {
            id: UserId::new(now, &**context.entropy())?,
            username: new.username,
            email: new.email,
            first_name: new.first_name,
            last_name: new.last_name,
            password_hash: passwords.check_and_hash_with(new.password, hints, "password").await?,
            created_at: now,
        };
        let id = new.id;
        // Queued before the account is written, so that every account is mailed, even if the answer to the write is
        // lost. The queue holds the job back until this request is over. Without an account, the job does nothing.
        let asked_at = Some(now.as_millisecond());
        mails.send(&MailJob::VerifyEmail { user_id: id, pending_epoch: None, asked_at }, now).await?;
        let event = |outcome: Option<&str>| tracing::info!(event = "user_created", user = %id, outcome);
        let body = recorded(users.create(&anyone, &new), event).await?.into();
        Ok(Created { location: format!("/v1/users/{id}"), body })
    }
}

impl Body for NewAccount {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let username = fields.required("username", |field| Username::parse(&field.text()?));
        let email = fields.required("email", |field| Email::parse(&field.text()?));
        let first_name = fields.optional("first_name", |field| PersonName::parse(&field.text()?));
        let last_name = fields.optional("last_name", |field| PersonName::parse(&field.text()?));
        let password = fields.new_password("password");
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
    identity::serve::<UsersCreate>()
}

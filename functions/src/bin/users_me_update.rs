//! `PATCH /v1/users/me`: users update their profile. Changing the username or the email requires the current password,
//! and a recent authentication if the account has a second factor.
//! A new email address is pending until the user verifies it with the link that is mailed to it.

use api::{
    Body, Code, Context, Endpoint, Fields, HasRevision, IfMatch, Json, Limit, Queue, Result, Route, Versioned, patch,
    recorded,
};
use auth::{Password, SignedIn, User};
use futures_util::future::join3;
use identity::{
    Account, Email, LoginNameChange, MailJob, Notice, Notices, OWN_PASSWORD_LIMIT, OwnPassword, OwnProfile,
    PasswordFields, PersonName, ProfileChange, Username, Users, codes,
};
use jiff::Timestamp;

pub struct UsersMeUpdate;

/// `{"first_name"?, "last_name"?, "username"?, "email"?, "current_password"?}`, at least one of the first four. A new
/// username or email requires `current_password`.
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
    const LIMITS: &[Limit] = &[OWN_PASSWORD_LIMIT];
    const ERRORS: &[Code] = &[codes::USERNAME_TAKEN, api::codes::REAUTHENTICATION_REQUIRED];
    type Uses = (Users, OwnPassword, Queue<MailJob>, Notices);
    type Input = (IfMatch, Json<Change>);
    type Output = Versioned<Json<OwnProfile>>;

    async fn handle(
        context: &Context,
        (users, own_password, mails, notices): Self::Uses,
        user: User,
        (if_match, Json(change)): Self::Input,
    ) -> Result<Self::Output> {
        let account = users.me(&user).await?;
        if_match.check(&account.revision())?;
        let names = change.username.is_some() || change.email.is_some();
        let now = context.clock().now();
        let (of_username, of_email) = (username_notice(&account, &change), email_notice(&account, &change));
        let link = link(&account, &change, now);
        let change = authorize(&own_password, &user, &account, change).await?;
        if let Some(link) = link {
            // Queued before the email is written, so that every new email is mailed, even if the answer to the write
            // is lost. The queue holds the job back until this request is over.
            mails.send(&link, now).await?;
        }
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "profile_changed", user = %user.id(), names, outcome);
        };
        let write = recorded(users.change_profile(&user, &account, &change, if_match.is_given()), event);
        let of_username = notices.tell_if(&account, of_username, now);
        match join3(write, of_username, notices.tell_if(&account, of_email, now)).await.0 {
            Ok(changed) => Ok(Versioned(Json(changed.into()))),
            // Without an answer, the change may have been made, and then it is no change by somebody else.
            Err(error) if error.is_unconfirmed() || !if_match.is_given() => Err(error),
            Err(error) => {
                if_match.check(&users.me_now(&user).await?.revision())?;
                Err(error)
            }
        }
    }
}

/// The notice of another username.
fn username_notice(account: &Account, change: &Change) -> Option<Notice> {
    let username = change.username.as_ref().filter(|username| username.as_str() != account.profile.username)?;
    Some(Notice::UsernameChanged { username: username.to_string() })
}

/// The notice that another email was asked for.
fn email_notice(account: &Account, change: &Change) -> Option<Notice> {
    let is_another = account.is_another_email(change.email.as_ref()?);
    is_another.then_some(Notice::EmailAsked { epoch: account.pending_epoch.saturating_add(1) })
}

/// The link to verify the email: another one, or the present one, if that is not verified.
fn link(account: &Account, change: &Change, now: Timestamp) -> Option<MailJob> {
    let is_another = account.is_another_email(change.email.as_ref()?);
    let pending_epoch = is_another.then(|| account.pending_epoch.saturating_add(1));
    let (user_id, asked_at) = (account.profile.id, Some(now.as_millisecond()));
    (is_another || !account.email_verified).then_some(MailJob::VerifyEmail { user_id, pending_epoch, asked_at })
}

async fn authorize(
    own_password: &OwnPassword,
    user: &User,
    account: &Account,
    change: Change,
) -> Result<ProfileChange> {
    let Change { first_name, last_name, username, email, current_password } = change;
    let login_names = match current_password {
        Some(password) => {
            let proof = own_password.verify(user, password, account, "current_password").await?;
            Some(LoginNameChange::new(&proof, username, email))
        }
        None => None,
    };
    Ok(ProfileChange { first_name, last_name, login_names })
}

impl Body for Change {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let first_name = fields.optional("first_name", |field| PersonName::parse(&field.text()?));
        let last_name = fields.optional("last_name", |field| PersonName::parse(&field.text()?));
        let username = fields.optional("username", |field| Username::parse(&field.text()?));
        let email = fields.optional("email", |field| Email::parse(&field.text()?));
        let current_password = fields.optional_password("current_password");
        fields.at_least_one_of(&["first_name", "last_name", "username", "email"]);
        fields.needed_with(&["username", "email"], "current_password");
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
    identity::serve::<UsersMeUpdate>()
}

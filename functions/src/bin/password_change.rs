//! `POST /v1/users/me/password`: users change their password. All their other sessions end. An account with a second factor
//! requires a recent authentication, too.

use api::{Body, Code, Context, Endpoint, Fields, Json, Limit, NoContent, Result, Route, codes, post, recorded};
use auth::{NewPassword, Password, Reason, SignedIn, User};
use futures_util::future::join;
use identity::{
    Account, NewPasswords, Notice, Notices, OWN_PASSWORD_LIMIT, OwnPassword, PasswordFields, Sessions, Users,
};
use jiff::Timestamp;

pub struct PasswordChange;

/// `{"current_password": "...", "new_password": "..."}`
pub struct Change {
    current_password: Password,
    new_password: NewPassword,
}

impl Endpoint for PasswordChange {
    const ROUTE: Route = post("/v1/users/me/password");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[OWN_PASSWORD_LIMIT];
    const ERRORS: &[Code] = &[codes::REAUTHENTICATION_REQUIRED];
    type Uses = (Users, Sessions, OwnPassword, NewPasswords, Notices);
    type Input = Json<Change>;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        (users, sessions, own_password, new_passwords, notices): Self::Uses,
        user: User,
        Json(change): Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        let account = users.me(&user).await?;
        // The last raise of the epoch kept this session, but its row may still be behind. The next raise keeps only a
        // session of the present epoch.
        if user.session_is_behind() {
            sessions.keep(&user, user.epoch().number).await?;
        }
        let Some(proof) = own_password.check(&user, change.current_password, &account).await? else {
            let repeats = is_repeat((&user, &account), &new_passwords, &change.new_password, now).await;
            if let Ok(true) = repeats {
                return Ok(NoContent);
            }
            // Counted also if the check for a repeat failed.
            let refused = own_password.refuse(&user, "current_password").await;
            return Err(repeats.err().unwrap_or(refused));
        };
        let new = new_passwords.check_and_hash(change.new_password, &account, "new_password").await?;
        let write = users.change_password(&user, &proof, &account.password_hash, &new, now);
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "password_changed", user = %user.id(), by = "user", outcome);
        };
        let notice = Notice::PasswordChanged { at: now.as_millisecond() };
        let (written, ()) = join(recorded(write, event), notices.tell(&account, notice, now)).await;
        if !written? {
            // Another request ended all sessions or changed the password after the caller was admitted.
            return Err(auth::Error::TokenInvalid(Reason::SessionEpoch).into());
        }
        // A failure does no harm: the session is alive already, and is moved with its next refresh.
        if let Err(cause) = sessions.keep(&user, user.epoch().next()).await {
            tracing::error!(event = "session_not_kept", user = %user.id(), session = %user.session_id(), %cause);
        }
        Ok(NoContent)
    }
}

/// Whether this session already made the change, without a response to the client, which sends the change again.
async fn is_repeat(
    (user, account): (&User, &Account),
    passwords: &NewPasswords,
    new: &NewPassword,
    now: Timestamp,
) -> Result<bool> {
    let changed_it_last = account.epoch.kept == Some(user.session_id());
    Ok(changed_it_last && account.set_password_lately(now) && passwords.is_current(new, account).await?)
}

impl Body for Change {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let current_password = fields.password("current_password");
        let new_password = fields.new_password("new_password");
        Some(Self { current_password: current_password?, new_password: new_password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<PasswordChange>()
}

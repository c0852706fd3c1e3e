//! `POST /v1/auth/token`: sign in with username or email, and password.

use api::{
    App, Body, Code, Endpoint, Error, HOUR, Input, Json, Limit, MINUTE, Members, Operation, Passwords, QUARTER,
    Request, Result, Route, SignInFailure, Tokens,
};
use api::{account_subject, per_ip, per_subject_and_ip, per_subject_at_new_addresses, post};
use auth::{Anyone, Checked, Password, Public, RefreshToken, SessionId, UserId, Verified};
use store::{Account, Device, Identity};

pub struct TokensIssue;

/// `{"username": "name or email", "password": "..."}`
pub struct Credentials {
    username: String,
    password: Password,
}

/// Credentials, whose they may be, and from where: read once, for the limits and for the check.
pub struct SignIn {
    credentials: Credentials,
    user_id: Option<UserId>,
    account: Option<Account>,
    device: Device,
    knows_address: bool,
}

impl Endpoint for TokensIssue {
    const ROUTE: Route = post("/v1/auth/token");
    type Access = Public;
    const LIMITS: &[Limit] = &[
        per_ip(10, MINUTE).fail_closed(),
        per_subject_and_ip(10, QUARTER).fail_closed(),
        per_subject_at_new_addresses(100, HOUR).fail_closed(),
    ];
    const SIGNS: bool = true;
    const PASSWORDS: Passwords = Passwords::Hashed;
    const FAILS: &[Code] = &[Code::CredentialsInvalid];
    type Input = SignIn;
    type Output = Json<Tokens>;

    async fn handle(app: &App, _: Anyone, sign_in: SignIn) -> Result<Self::Output> {
        let account = sign_in.account;
        let password = sign_in.credentials.password;
        let checked = app.check_password(password.clone(), account.as_ref()).await?;
        match (checked, account) {
            (Checked::Right { proof, outdated }, Some(account)) if account.is_active => {
                if outdated {
                    let renewed = app.hash_password(password).await?;
                    app.users.rehash(&proof, &account.password_hash, &renewed).await?;
                }
                begin_session(app, proof, &account, &sign_in.device).await.map(Json)
            }
            (_, None) => Err(Error::CredentialsInvalid(SignInFailure::AccountUnknown)),
            (Checked::Right { .. }, _) => Err(Error::CredentialsInvalid(SignInFailure::AccountInactive)),
            (Checked::Wrong, _) => Err(Error::CredentialsInvalid(SignInFailure::PasswordWrong)),
        }
    }
}

async fn begin_session(app: &App, proof: Verified, account: &Account, device: &Device) -> Result<Tokens> {
    let (now, entropy) = (app.clock.now(), &*app.entropy);
    let session = SessionId::new(now, entropy)?;
    let refresh = RefreshToken::new(session, entropy)?;
    let salt = auth::random::<16>(entropy)?;
    let access = app.issuer()?.issue((proof.user_id(), session, account.roles()), now, entropy).await?;
    app.sign_in_addresses.remember(&proof, &device.address, now).await?;
    app.sessions.open(&proof, &refresh, account.epoch.number, &salt, device, now).await?;
    tracing::info!(event = "sign_in_succeeded", user = %proof.user_id(), session = %session);
    Ok(access.with(&refresh))
}

impl Input for SignIn {
    const HAS_SUBJECT: bool = true;

    async fn read(app: &App, request: &Request) -> Result<Self> {
        let Json(credentials) = Json::<Credentials>::read(app, request).await?;
        let user_id = app.identities.find(&Identity::of_sign_in(&credentials.username)).await?;
        let device = Device::read(app, request).await?;
        // Unknown accounts take the same calls, and later the same hash, as known ones.
        let holder = user_id.unwrap_or_else(UserId::nobody);
        let (account, known) = app.sign_in_addresses.signing_in(holder, &device.address, app.clock.now()).await?;
        // Addresses that can't be read are one and the same: what one user made known, all others would share.
        let knows_address = known && request.address().is_readable();
        Ok(Self { credentials, user_id, account, device, knows_address })
    }

    fn describe(operation: &mut Operation<'_>) {
        Json::<Credentials>::describe(operation);
    }

    fn knows_address(&self) -> bool {
        self.knows_address
    }

    fn subject(&self) -> Option<String> {
        Some(account_subject(self.user_id, &self.credentials.username))
    }
}

impl Body for Credentials {
    fn read(members: &mut impl Members) -> Option<Self> {
        let username = members.text("username", "ada@example.com");
        let password = members.password("password");
        Some(Self { username: username?, password: password? })
    }
}

pub fn main() -> std::process::ExitCode {
    api::serve::<TokensIssue>()
}

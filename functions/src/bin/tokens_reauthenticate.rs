//! `POST /v1/auth/reauthenticate`: users authenticate again, for endpoints that require a recent authentication: with the
//! password, or with a code or a passkey if the account has a second factor. The new access token counts as recent for 5 minutes. There
//! is no new refresh token, and a refreshed access token counts from the sign-in. Five wrong passwords, codes or passkeys
//! in a row end the session.

use api::{Body, Code, Context, Endpoint, Fields, Json, Limit, Result, Route, post, recorded};
use auth::{Authentication, Methods, Password, Reason, SignedIn, TokenSubject, User};
use identity::{
    Account, Error, FactorFields, Issuer, OWN_PASSWORD_LIMIT, OwnPassword, PasswordFields, SecondFactorCode,
    SecondFactors, Sessions, SteppedUp, Users, codes,
};
use jiff::Timestamp;

pub struct TokensReauthenticate;

/// `{"password"}`, `{"code"}`, `{"recovery_code"}` or `{"passkey"}`
pub enum Again {
    Password(Password),
    Code(SecondFactorCode),
}

api::parts! {
    /// The parts of another authentication.
    pub struct Uses {
        users: Users,
        own_password: OwnPassword,
        factors: SecondFactors,
        sessions: Sessions,
        issuer: Issuer,
    }
}

impl Endpoint for TokensReauthenticate {
    const ROUTE: Route = post("/v1/auth/reauthenticate");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[OWN_PASSWORD_LIMIT];
    const ERRORS: &[Code] = &[codes::SECOND_FACTOR_REQUIRED];
    type Uses = Uses;
    type Input = Json<Again>;
    type Output = Json<SteppedUp>;

    async fn handle(context: &Context, uses: Uses, user: User, Json(again): Self::Input) -> Result<Self::Output> {
        // From before the check: a password that is set during the check is newer than this authentication.
        let now = context.clock().now();
        let account = uses.users.me(&user).await?;
        match again {
            Again::Password(password) => with_password(context, &uses, (&user, &account), password, now).await,
            Again::Code(code) => with_code(context, &uses, (&user, &account), code, now).await,
        }
    }
}

async fn with_password(
    context: &Context,
    uses: &Uses,
    (user, account): (&User, &Account),
    password: Password,
    now: Timestamp,
) -> Result<Json<SteppedUp>> {
    if account.has_factor() {
        return Err(Error::SecondFactorRequired(None).into());
    }
    let proof = uses.own_password.verify(user, password, account, "password").await?;
    let access = token(context, uses, (user, account), Methods::password(), now).await?;
    let event = |outcome: Option<&str>| {
        tracing::info!(event = "reauthenticated", user = %user.id(), session = %user.session_id(), outcome);
    };
    if !recorded(uses.sessions.authenticated_again(user, &proof, now), event).await? {
        return Err(auth::Error::TokenInvalid(Reason::SessionRevoked).into());
    }
    Ok(access)
}

async fn with_code(
    context: &Context,
    uses: &Uses,
    (user, account): (&User, &Account),
    code: SecondFactorCode,
    now: Timestamp,
) -> Result<Json<SteppedUp>> {
    let Some(right) = uses.factors.check(user, account, &code).await? else {
        return Err(uses.own_password.refuse_code(user, code.wrong()).await);
    };
    let access = token(context, uses, (user, account), right.proof().methods().clone(), now).await?;
    uses.factors.authenticate_again(&uses.sessions, (user, account), right, now).await?;
    Ok(access)
}

/// Signed before the session is changed, so that a failure to sign changes nothing.
async fn token(
    context: &Context,
    uses: &Uses,
    (user, account): (&User, &Account),
    methods: Methods,
    at: Timestamp,
) -> Result<Json<SteppedUp>> {
    let (user_id, session_id, roles) = (user.id(), user.session_id(), account.roles());
    let subject = TokenSubject { user_id, session_id, roles, authentication: Authentication { at, methods } };
    Ok(Json(uses.issuer.issue(&subject, at, &**context.entropy()).await?.alone()))
}

impl Body for Again {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let (password, code) = (fields.optional_password("password"), fields.second_factor());
        fields.exactly_one_of(&["password", "code", "recovery_code", "passkey"]);
        password?.map(Self::Password).or(code?.map(Self::Code))
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensReauthenticate>()
}

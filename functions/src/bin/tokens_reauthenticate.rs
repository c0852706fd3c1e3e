//! `POST /v1/auth/reauthenticate`: users give their password again, for endpoints that require a recent authentication.
//! The new access token counts as recent for 5 minutes. There is no new refresh token, and a refreshed access token counts
//! from the sign-in. Five wrong passwords in a row end the session.

use api::{Body, Context, Endpoint, Fields, Json, Limit, Result, Route, post, recorded};
use auth::{Password, Reason, SignedIn, TokenSubject, User};
use identity::{Issuer, OWN_PASSWORD_LIMIT, OwnPassword, PasswordFields, Sessions, SteppedUp, Users};

pub struct TokensReauthenticate;

/// `{"password": "..."}`
pub struct Again {
    password: Password,
}

impl Endpoint for TokensReauthenticate {
    const ROUTE: Route = post("/v1/auth/reauthenticate");
    type Access = SignedIn;
    const LIMITS: &[Limit] = &[OWN_PASSWORD_LIMIT];
    type Uses = (Users, OwnPassword, Sessions, Issuer);
    type Input = Json<Again>;
    type Output = Json<SteppedUp>;

    async fn handle(
        context: &Context,
        (users, own_password, sessions, issuer): Self::Uses,
        user: User,
        Json(again): Self::Input,
    ) -> Result<Self::Output> {
        // From before the check: a password that is set during the check is newer than this authentication.
        let now = context.clock().now();
        let account = users.me(&user).await?;
        let proof = own_password.verify(&user, again.password, &account, "password").await?;
        let subject = TokenSubject::by_password(user.id(), user.session_id(), account.roles(), now);
        // Signed before the session is changed, so that a failure to sign changes nothing.
        let access = issuer.issue(&subject, now, &**context.entropy()).await?;
        let event = |outcome: Option<&str>| {
            tracing::info!(event = "reauthenticated", user = %user.id(), session = %user.session_id(), outcome);
        };
        if !recorded(sessions.authenticated_again(&user, &proof, now), event).await? {
            return Err(auth::Error::TokenInvalid(Reason::SessionRevoked).into());
        }
        Ok(Json(access.alone()))
    }
}

impl Body for Again {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let password = fields.password("password");
        Some(Self { password: password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensReauthenticate>()
}

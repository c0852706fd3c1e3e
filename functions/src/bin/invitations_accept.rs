//! `POST /v1/invitations/accept`: somebody makes the account of an invitation with a mailed token. The account has no roles,
//! and its email is verified.

use api::{Body, Code, Context, Created, Endpoint, Fields, Json, Limit, MINUTE, Result, Route, per_ip, post};
use auth::{Anyone, MailToken, Public};
use identity::{Acceptances, NewMember, OwnProfile, PasswordFields, PersonName, Username, codes};

pub struct InvitationsAccept;

/// `{"token", "username", "password", "first_name"?, "last_name"?}`
pub struct Acceptance {
    token: Option<MailToken>,
    new: NewMember,
}

impl Endpoint for InvitationsAccept {
    const ROUTE: Route = post("/v1/invitations/accept");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const ERRORS: &[Code] = &[codes::USERNAME_TAKEN, codes::EMAIL_TAKEN];
    type Uses = (Acceptances,);
    type Input = Json<Acceptance>;
    type Output = Created<OwnProfile>;

    async fn handle(
        context: &Context,
        (acceptances,): Self::Uses,
        _: Anyone,
        Json(Acceptance { token, new }): Self::Input,
    ) -> Result<Self::Output> {
        let account = acceptances.accept(token.as_ref(), new, context.clock().now()).await?;
        Ok(Created { location: format!("/v1/users/{}", account.profile.id), body: account.into() })
    }
}

impl Body for Acceptance {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let token = fields.text("token", "the token from the mailed link");
        let username = fields.required("username", |field| Username::parse(&field.text()?));
        let first_name = fields.optional("first_name", |field| PersonName::parse(&field.text()?));
        let last_name = fields.optional("last_name", |field| PersonName::parse(&field.text()?));
        let password = fields.new_password("password");
        let (first_name, last_name) = (first_name?.unwrap_or_default(), last_name?.unwrap_or_default());
        let new = NewMember { username: username?, password: password?, first_name, last_name };
        Some(Self { token: MailToken::parse(&token?), new })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<InvitationsAccept>()
}

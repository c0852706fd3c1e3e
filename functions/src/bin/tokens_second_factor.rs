//! `POST /v1/auth/token/second-factor`: the second step of a sign-in. Takes the `challenge` of the first step and a code of
//! the authenticator app, a recovery code, or the response of a passkey. A challenge is good for five minutes and five tries.

use api::{
    Body, Code, Context, Endpoint, Fields, FromRequest, Json, Limit, MINUTE, Request, Result, Route,
    openapi::Operation, per_ip, post,
};
use auth::{Anyone, Challenge, Public};
use identity::{
    Device, Error, FactorFields, KnownAddresses, NewSessions, Origin, SecondFactorCode, SecondFactors, Tokens, codes,
};

pub struct TokensSecondFactor;

/// `{"challenge", "code", "recovery_code" or "passkey"}`
pub struct Answer {
    challenge: Option<Challenge>,
    code: SecondFactorCode,
}

/// An answer, and where it comes from.
pub struct SecondStep {
    answer: Answer,
    device: Device,
    /// Whether the address could be read: no unreadable address may count as known.
    readable: bool,
}

impl Endpoint for TokensSecondFactor {
    const ROUTE: Route = post("/v1/auth/token/second-factor");
    type Access = Public;
    // Guesses are counted by the account, too, at all endpoints that take codes.
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const ERRORS: &[Code] = &[codes::CHALLENGE_INVALID];
    type Uses = (SecondFactors, KnownAddresses, NewSessions);
    type Input = SecondStep;
    type Output = Json<Tokens>;

    async fn handle(
        context: &Context,
        (factors, addresses, new_sessions): Self::Uses,
        _: Anyone,
        SecondStep { answer: Answer { challenge, code }, device, readable }: SecondStep,
    ) -> Result<Self::Output> {
        let challenge = factors.present(challenge.as_ref()).await?;
        let (user, now) = (challenge.user_id(), context.clock().now());
        let (locked, address) = addresses.signing_in(user, &device.address, now).await?;
        let checked = factors.check_presented(&challenge, locked.as_ref(), &code).await?;
        let right = checked.ok_or_else(|| code.wrong())?;
        let account = locked.and_then(|locked| locked.open_with_factor(right.proof()));
        let account = account.ok_or(Error::ChallengeInvalid)?;
        let origin = Origin { device, address, is_known: address.is_known && readable };
        new_sessions.begin_with_code(context, &factors, (&challenge, right), &account, &origin).await.map(Json)
    }
}

impl<U: Sync> FromRequest<U> for SecondStep {
    async fn from_request(context: &Context, uses: &U, request: &Request) -> Result<Self> {
        let Json(answer) = Json::<Answer>::from_request(context, uses, request).await?;
        let device = Device::from_request(context, uses, request).await?;
        Ok(Self { answer, device, readable: request.address().is_readable() })
    }

    fn document(operation: &mut Operation<'_>) {
        <Json<Answer> as FromRequest<U>>::document(operation);
    }
}

impl Body for Answer {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let challenge = fields.text("challenge", "the challenge of the first step");
        let code = fields.second_factor();
        fields.exactly_one_of(&["code", "recovery_code", "passkey"]);
        Some(Self { challenge: Challenge::parse(&challenge?), code: code?? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensSecondFactor>()
}

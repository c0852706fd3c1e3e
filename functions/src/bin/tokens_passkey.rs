//! `POST /v1/auth/token/passkey`: sign in with a passkey, without a name and a password. The authenticator verified the user, so
//! the session counts as one with a second factor.

use api::{
    Body, Code, Context, Endpoint, Fields, FromRequest, Json, Limit, MINUTE, Request, Result, Route,
    openapi::Operation, per_ip, post,
};
use auth::{Anyone, Public};
use identity::{
    Device, Error, FactorFields, KnownAddresses, NewSessions, Origin, PasskeyResponse, SignInFailure, StoredPasskeys,
    Tokens, codes,
};

pub struct TokensPasskey;

/// `{"credential"}`
pub struct Credential(PasskeyResponse);

/// A credential, and where it comes from.
pub struct SignIn {
    credential: Credential,
    device: Device,
    /// Whether the address could be read: no unreadable address may count as known.
    readable: bool,
}

impl Endpoint for TokensPasskey {
    const ROUTE: Route = post("/v1/auth/token/passkey");
    type Access = Public;
    // No limit by account: a passkey can't be guessed.
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed()];
    const ERRORS: &[Code] = &[codes::CREDENTIALS_INVALID, codes::PASSKEYS_OFF];
    type Uses = (StoredPasskeys, KnownAddresses, NewSessions);
    type Input = SignIn;
    type Output = Json<Tokens>;

    async fn handle(
        context: &Context,
        (passkeys, addresses, new_sessions): Self::Uses,
        _: Anyone,
        SignIn { credential: Credential(response), device, readable }: SignIn,
    ) -> Result<Self::Output> {
        let presented = passkeys.present(&response).await?;
        let right = passkeys.check(&presented).await?;
        let (user, now) = (right.proof().user_id(), context.clock().now());
        let (locked, address) = addresses.signing_in(user, &device.address, now).await?;
        let failed = |why| Error::CredentialsInvalid(why);
        let account = locked.and_then(|locked| locked.open_with_factor(right.proof()));
        let account = account.ok_or(failed(SignInFailure::AccountUnknown))?;
        if !account.is_active {
            return Err(failed(SignInFailure::AccountInactive).into());
        }
        let origin = Origin { device, address, is_known: address.is_known && readable };
        new_sessions.begin_with_passkey(context, right, &account, &origin).await.map(Json)
    }
}

impl<U: Sync> FromRequest<U> for SignIn {
    async fn from_request(context: &Context, uses: &U, request: &Request) -> Result<Self> {
        let Json(credential) = Json::<Credential>::from_request(context, uses, request).await?;
        let device = Device::from_request(context, uses, request).await?;
        Ok(Self { credential, device, readable: request.address().is_readable() })
    }

    fn document(operation: &mut Operation<'_>) {
        <Json<Credential> as FromRequest<U>>::document(operation);
    }
}

impl Body for Credential {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        fields.passkey().map(Self)
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensPasskey>()
}

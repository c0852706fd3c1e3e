//! `POST /v1/auth/verify-email`: users verify their email address, or the new one that they asked for, with a mailed token
//! and a proof of their account: its access token, or its password. Otherwise a stranger who signed up with the address would get it verified by the owner
//! of the mailbox, who only opened a link.

use api::{
    Body, Code, Context, Endpoint, Fields, FromRequest, Json, Limit, MINUTE, NoContent, Request, Result, Route,
    openapi::Operation, per_ip, post, recorded,
};
use auth::{MailToken, Maybe, Password, PasswordCheck, PasswordProof, SignedIn, User};
use identity::{
    Account, AddressHistory, Device, EmailClaims, Error, KnownAddresses, LockedAccount, MailTokens, OwnsAccount,
    PasswordFields, Passwords, Redeemed, SIGN_IN_LIMITS, SignInFailure, Users, VerifyEmail, account_subject, codes,
};
use jiff::Timestamp;

pub struct EmailVerify;

/// `{"token", "password"?}`. Without the password, the request needs an access token of the account.
pub struct Verification {
    token: Option<MailToken>,
    password: Option<Password>,
}

/// A verification with the account whose password was given, if one was. Looked up once, for both the limits and the
/// password check.
pub struct Presented {
    token: Option<MailToken>,
    attempt: Option<Attempt>,
}

/// A password for the account of a valid mailed token.
struct Attempt {
    redeemed: Redeemed<VerifyEmail>,
    password: Password,
    device: Device,
    account: Option<LockedAccount>,
    address: AddressHistory,
    /// Whether the address could be read. All unreadable addresses count as one address, so none of them may count as known.
    readable: bool,
}

api::parts! {
    /// The parts of a verification.
    pub struct Uses {
        users: Users,
        tokens: MailTokens,
        addresses: KnownAddresses,
        passwords: Passwords,
        claims: EmailClaims,
    }
}

impl Endpoint for EmailVerify {
    const ROUTE: Route = post("/v1/auth/verify-email");
    type Access = Maybe<SignedIn>;
    // A guess here is a guess at the sign-in, so it counts there.
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed(), SIGN_IN_LIMITS[0], SIGN_IN_LIMITS[1]];
    const ERRORS: &[Code] =
        &[api::codes::TOKEN_MISSING, codes::CREDENTIALS_INVALID, codes::SECOND_FACTOR_REQUIRED, codes::EMAIL_TAKEN];
    type Uses = Uses;
    type Input = Presented;
    type Output = NoContent;

    async fn handle(
        context: &Context,
        uses: Self::Uses,
        user: Option<User>,
        Presented { token, attempt }: Self::Input,
    ) -> Result<Self::Output> {
        let now = context.clock().now();
        match (attempt, user) {
            (Some(Attempt { redeemed, account, password, .. }), _) => {
                let account = account.ok_or(Error::MailTokenInvalid)?;
                let (account, proof) = prove(&uses.passwords, password, account).await?;
                if account.has_factor() {
                    // The password alone proves nothing: the owner signs in first.
                    return Err(Error::SecondFactorRequired(None).into());
                }
                match redeemed.is_of_pending() {
                    true => uses.claims.claim(&redeemed, account, now).await?,
                    false => verify(&uses.users, &redeemed, &proof, now).await?,
                }
            }
            (None, Some(user)) => {
                let redeemed = uses.tokens.redeem(token.as_ref(), now).await?;
                match redeemed.is_of_pending() {
                    true => uses.claims.claim(&redeemed, uses.users.me(&user).await?, now).await?,
                    false => verify(&uses.users, &redeemed, &user, now).await?,
                }
            }
            (None, None) => return Err(auth::Error::TokenMissing.into()),
        }
        Ok(NoContent)
    }
}

/// Verifies the present email, and logs that with the answer to the write.
async fn verify(
    users: &Users,
    redeemed: &Redeemed<VerifyEmail>,
    owner: &impl OwnsAccount,
    now: Timestamp,
) -> Result<()> {
    let event = |outcome: Option<&str>| {
        tracing::info!(event = "email_verified", user = %redeemed.user_id(), outcome);
    };
    recorded(users.verify_email(redeemed, owner, now), event).await.map(drop)
}

/// Like a sign-in, does not tell an inactive account from a wrong password.
async fn prove(passwords: &Passwords, password: Password, account: LockedAccount) -> Result<(Account, PasswordProof)> {
    let failed = |why| Err(Error::CredentialsInvalid(why).into());
    let PasswordCheck::Right { proof, .. } = passwords.check(password, Some(&account)).await? else {
        return failed(SignInFailure::PasswordWrong);
    };
    match account.open(&proof).filter(|account| account.is_active) {
        Some(account) => Ok((account, proof)),
        None => failed(SignInFailure::AccountInactive),
    }
}

impl FromRequest<Uses> for Presented {
    const HAS_SUBJECT: bool = true;

    async fn from_request(context: &Context, uses: &Uses, request: &Request) -> Result<Self> {
        let Json(Verification { token, password }) = Json::<Verification>::from_request(context, uses, request).await?;
        let Some(password) = password else { return Ok(Self { token, attempt: None }) };
        // Without a valid mailed token, nobody can try passwords here or use up an account's limits.
        let redeemed = uses.tokens.redeem::<VerifyEmail>(token.as_ref(), context.clock().now()).await?;
        let device = Device::from_request(context, uses, request).await?;
        let (account, address, readable) = (None, AddressHistory::default(), request.address().is_readable());
        Ok(Self { token, attempt: Some(Attempt { redeemed, password, device, account, address, readable }) })
    }

    async fn load(&mut self, context: &Context, uses: &Uses) -> Result<()> {
        if let Some(Attempt { redeemed, device, account, address, .. }) = &mut self.attempt {
            let now = context.clock().now();
            (*account, *address) = uses.addresses.signing_in(redeemed.user_id(), &device.address, now).await?;
        }
        Ok(())
    }

    fn document(operation: &mut Operation<'_>) {
        <Json<Verification> as FromRequest<Uses>>::document(operation);
    }

    fn knows_address(&self) -> bool {
        self.attempt.as_ref().is_some_and(|attempt| attempt.address.is_known && attempt.readable)
    }

    fn subject(&self) -> Option<String> {
        self.attempt.as_ref().map(|attempt| account_subject(Some(attempt.redeemed.user_id()), ""))
    }
}

impl Body for Verification {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let text = fields.text("token", "the token from the mailed link");
        let password = fields.optional_password("password");
        Some(Self { token: MailToken::parse(&text?), password: password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<EmailVerify>()
}

//! `POST /v1/auth/token`: sign in with a username or email and a password. For an account with a second factor, a right
//! password gets the error `second_factor_required` with a `challenge` for `POST /v1/auth/token/second-factor`.

use api::{
    Body, Code, Context, Endpoint, Fields, FromRequest, Json, Limit, MINUTE, Request, Result, Route,
    openapi::Operation, per_ip, post,
};
use auth::{Anyone, Password, PasswordCheck, Public, UserId};
use identity::{
    AddressHistory, Challenges, Device, Error, KnownAddresses, LockedAccount, LoginName, LoginNames, NewSessions,
    Origin, PasswordFields, Passwords, SIGN_IN_LIMITS, SignInFailure, Tokens, Users, account_subject, codes,
};

pub struct TokensIssue;

/// `{"username": "name or email", "password": "..."}`
pub struct Credentials {
    username: String,
    password: Password,
}

/// Credentials with the account that they may belong to. Looked up once, for both the limits and the password check.
pub struct SignIn {
    credentials: Credentials,
    user_id: Option<UserId>,
    account: Option<LockedAccount>,
    device: Device,
    address: AddressHistory,
    /// Whether the address could be read. All unreadable addresses count as one address, so none of them may count as known.
    readable: bool,
}

api::parts! {
    /// The parts of a sign-in.
    pub struct Uses {
        names: LoginNames,
        users: Users,
        addresses: KnownAddresses,
        passwords: Passwords,
        challenges: Challenges,
        new_sessions: NewSessions,
    }
}

impl Endpoint for TokensIssue {
    const ROUTE: Route = post("/v1/auth/token");
    type Access = Public;
    const LIMITS: &[Limit] = &[per_ip(10, MINUTE).fail_closed(), SIGN_IN_LIMITS[0], SIGN_IN_LIMITS[1]];
    const ERRORS: &[Code] = &[codes::CREDENTIALS_INVALID, codes::SECOND_FACTOR_REQUIRED];
    type Uses = Uses;
    type Input = SignIn;
    type Output = Json<Tokens>;

    async fn handle(context: &Context, uses: Self::Uses, _: Anyone, sign_in: SignIn) -> Result<Self::Output> {
        let is_known = sign_in.knows_address();
        let SignIn { credentials, account, device, address, .. } = sign_in;
        let checked = uses.passwords.check(credentials.password.clone(), account.as_ref()).await?;
        let failed = |why| Err(Error::CredentialsInvalid(why).into());
        let Some(locked) = account else { return failed(SignInFailure::AccountUnknown) };
        let PasswordCheck::Right { mut proof, outdated } = checked else {
            return failed(SignInFailure::PasswordWrong);
        };
        let Some(account) = locked.open(&proof).filter(|account| account.is_active) else {
            return failed(SignInFailure::AccountInactive);
        };
        if outdated {
            let (again, renewed) = uses.passwords.rehash(credentials.password, proof).await?;
            uses.users.rehash(&again, &account.password_hash, &renewed).await?;
            proof = again;
        }
        if account.has_factor() {
            return Err(uses.challenges.ask(&proof, &account, context.clock().now()).await?.into());
        }
        let origin = Origin { device, address, is_known };
        uses.new_sessions.begin(context, &proof, &account, &origin).await.map(Json)
    }
}

impl FromRequest<Uses> for SignIn {
    const HAS_SUBJECT: bool = true;

    async fn from_request(context: &Context, uses: &Uses, request: &Request) -> Result<Self> {
        let Json(credentials) = Json::<Credentials>::from_request(context, uses, request).await?;
        let user_id = uses.names.find(&LoginName::of_sign_in(&credentials.username)).await?;
        let device = Device::from_request(context, uses, request).await?;
        let (account, address, readable) = (None, AddressHistory::default(), request.address().is_readable());
        Ok(Self { credentials, user_id, account, device, address, readable })
    }

    /// Unknown accounts cause the same calls and the same hash as known ones, so that timing does not tell them apart.
    async fn load(&mut self, context: &Context, uses: &Uses) -> Result<()> {
        let (holder, now) = (self.user_id.unwrap_or_else(UserId::nobody), context.clock().now());
        (self.account, self.address) = uses.addresses.signing_in(holder, &self.device.address, now).await?;
        Ok(())
    }

    fn document(operation: &mut Operation<'_>) {
        <Json<Credentials> as FromRequest<Uses>>::document(operation);
    }

    fn knows_address(&self) -> bool {
        self.address.is_known && self.readable
    }

    fn subject(&self) -> Option<String> {
        Some(account_subject(self.user_id, &self.credentials.username))
    }
}

impl Body for Credentials {
    fn read(fields: &mut impl Fields) -> Option<Self> {
        let username = fields.text("username", "ada@example.com");
        let password = fields.password("password");
        Some(Self { username: username?, password: password? })
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve::<TokensIssue>()
}

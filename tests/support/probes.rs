//! Endpoints that no domain has: one of each level that the catalogue does not use yet, over the stores of this test and
//! service keys in memory.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use api::{Context, Endpoint, Limit, NoContent, Result, Route, get};
use auth::{
    Access, AccountState, AccountStates, AgentState, BoxFuture, ClientId, Clock, Either, Guard, OsEntropy, Recent,
    Scope, Scoped, SessionId, SignedIn, SourceError, StaffOnly, SuperuserOnly, UserId,
};
use dynamo::Db;
use identity::{SigningKeys, StoredAccountStates};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::forge::{Forge, SEED};
use crate::functions::permit;

/// The scope of the probes.
pub struct Write;

impl Scope for Write {
    const NAME: &'static str = "probes:write";
}

/// The levels of the probes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Probe {
    /// `Recent<SignedIn>`
    RecentSignedIn,
    /// `Recent<StaffOnly>`
    RecentStaff,
    /// `Recent<SuperuserOnly>`
    RecentSuperuser,
    /// `Scoped<Write>`
    Scoped,
    /// `Either<StaffOnly, Scoped<Write>>`
    Either,
    /// Staff with a second factor.
    Factor,
    /// Staff with a second factor, who authenticated recently.
    RecentFactor,
}

impl Probe {
    /// All probes.
    pub const ALL: [Probe; 7] = [
        Probe::RecentSignedIn,
        Probe::RecentStaff,
        Probe::RecentSuperuser,
        Probe::Scoped,
        Probe::Either,
        Probe::Factor,
        Probe::RecentFactor,
    ];
}

/// An endpoint of level `A` that does nothing.
struct Nothing<A>(PhantomData<fn() -> A>);

impl<A: Access> Endpoint for Nothing<A> {
    const ROUTE: Route = get("/v1/probe");
    type Access = A;
    const LIMITS: &'static [Limit] = &[];
    type Uses = ();
    type Input = ();
    type Output = NoContent;

    async fn handle(_: &Context, (): (), _: A::Proof, (): ()) -> Result<Self::Output> {
        Ok(NoContent)
    }
}

/// The stored accounts, and service keys in memory.
struct Store {
    accounts: StoredAccountStates,
    agents: Arc<Agents>,
}

#[derive(Default)]
struct Agents {
    known: HashMap<ClientId, AgentState>,
    reads: AtomicUsize,
}

impl AccountStates for Store {
    fn read(&self, user: UserId, session: SessionId) -> BoxFuture<'_, Result<AccountState, SourceError>> {
        self.accounts.read(user, session)
    }

    fn read_agent(&self, agent: ClientId) -> BoxFuture<'_, Result<Option<AgentState>, SourceError>> {
        self.agents.reads.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move { Ok(self.agents.known.get(&agent).cloned()) })
    }
}

/// The contexts of the probes: without and with the rule that staff need a second factor.
pub struct Probes {
    usual: Context,
    with_factors: Context,
    agents: Arc<Agents>,
}

impl Probes {
    /// Probes of the app's accounts and of these service keys.
    pub fn new(app: &TestApp, known: HashMap<ClientId, AgentState>) -> Self {
        let agents = Arc::new(Agents { known, reads: AtomicUsize::new(0) });
        let context = |staff_need_factors: bool| {
            let agents = agents.clone();
            let guard = move |db: &Db, settings: &api::Settings| {
                let mut policy = settings.tokens.clone();
                policy.factors.staff = staff_need_factors;
                Guard::new(SigningKeys::new(db), Store { accounts: StoredAccountStates::new(db), agents }, policy)
            };
            Context::new(&permit(), &app.settings, app.clock.clone(), Arc::new(OsEntropy), Some(guard))
        };
        Self { usual: context(false), with_factors: context(true), agents }
    }

    /// How many service keys were read.
    pub fn agents_read(&self) -> usize {
        self.agents.reads.load(Ordering::Relaxed)
    }

    /// Calls a probe.
    pub async fn call(&self, probe: Probe, caller: &Client) -> Response {
        let (usual, event) = (&self.usual, event(caller));
        let permit = permit();
        let response = match probe {
            Probe::RecentSignedIn => api::call::<Nothing<Recent<SignedIn>>>(usual, &permit, event).await,
            Probe::RecentStaff => api::call::<Nothing<Recent<StaffOnly>>>(usual, &permit, event).await,
            Probe::RecentSuperuser => api::call::<Nothing<Recent<SuperuserOnly>>>(usual, &permit, event).await,
            Probe::Scoped => api::call::<Nothing<Scoped<Write>>>(usual, &permit, event).await,
            Probe::Either => api::call::<Nothing<Either<StaffOnly, Scoped<Write>>>>(usual, &permit, event).await,
            Probe::Factor => api::call::<Nothing<StaffOnly>>(&self.with_factors, &permit, event).await,
            Probe::RecentFactor => api::call::<Nothing<Recent<StaffOnly>>>(&self.with_factors, &permit, event).await,
        };
        let body = response.body.unwrap_or_default();
        Response { status: response.status.as_u16(), headers: response.headers, body }
    }
}

/// A client with the token of a service key with these scopes. The key itself need not exist.
pub fn agent(app: &TestApp, id: ClientId, scopes: &str) -> Client {
    let (forge, now) = (Forge::new(SEED), app.clock.now().as_second());
    let claims = json!({
        "iss": "test", "aud": "test-api", "jti": "x", "iat": now, "exp": now + 900,
        "sub": id, "client_id": id, "scope": scopes,
    });
    app.anon().with_token(forge.sign(&forge.header(), &claims))
}

fn event(caller: &Client) -> Value {
    let authorization = caller.token.as_ref().map(|token| json!({ "authorization": format!("Bearer {token}") }));
    json!({
        "headers": authorization.unwrap_or_else(|| json!({})),
        "requestContext": { "http": { "method": "GET", "sourceIp": "10.9.9.9" } },
    })
}

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use auth::{Clock, Entropy, Guard};
use dynamo::Db;
use operator::Operator;
use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::part::PartInfo;
use crate::settings::Settings;

/// How long [`Context::reach`] tries.
const REACHING: Duration = Duration::from_secs(5);
const BETWEEN_PINGS: Duration = Duration::from_millis(200);

/// The state that all requests of a process share. Cheap to clone.
///
/// An endpoint gets only the clock and the source of randomness from the context. Tables, queues and keys are
/// [parts](Part). An endpoint must declare its parts in [`crate::Endpoint::Uses`].
///
/// ```compile_fail,E0624
/// fn peek(context: &api::Context) {
///     let _ = context.guard();
/// }
/// ```
///
/// ```compile_fail,E0061
/// fn read(context: &api::Context) {
///     let _ = context.db();
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    shared: Arc<Inner>,
    request_id: Arc<str>,
}

struct Inner {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    db: Db,
    guard: Option<Guard>,
    /// One instance of each part, by its type.
    parts: Mutex<HashMap<TypeId, Box<dyn Any + Send + Sync>>>,
    /// Whether the process has had no request yet.
    cold: AtomicBool,
}

/// Permission to build parts. This crate makes permits for calls and workers, and an [`Operator`] can ask for one.
///
/// ```compile_fail,E0423
/// let permit = api::Permit(());
/// ```
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    pub(crate) fn for_call() -> Self {
        Self(())
    }

    /// The permit of tools and tests.
    pub fn for_operator(_: &Operator) -> Self {
        Self(())
    }
}

impl Context {
    /// A new context. Sends nothing yet. `guard` checks the callers of endpoints that are not public.
    pub fn new(
        _: &Permit,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        guard: Option<impl FnOnce(&Db, &Settings) -> Guard>,
    ) -> Self {
        let db = Db::new(settings.connection.dynamodb(), &settings.table_prefix);
        let guard = guard.map(|guard| guard(&db, settings));
        let (settings, parts, cold) = (settings.clone(), Mutex::default(), AtomicBool::new(true));
        let shared = Arc::new(Inner { clock, entropy, settings, db, guard, parts, cold });
        Self { shared, request_id: "".into() }
    }

    /// The same context, for the request with this id.
    pub(crate) fn for_request(&self, id: &str) -> Self {
        Self { shared: self.shared.clone(), request_id: id.into() }
    }

    /// The id of the request that is served. Empty outside of requests.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The source of randomness.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.shared.entropy
    }

    /// The database, with all tables of the stack.
    pub fn db(&self, _: &Permit) -> &Db {
        &self.shared.db
    }

    /// The settings of the process.
    pub fn settings(&self, _: &Permit) -> &Settings {
        &self.shared.settings
    }

    /// The process's instance of a part. The part is built at its first use.
    ///
    /// # Errors
    /// When a setting that the part needs is missing or wrong.
    pub fn part<P: Part>(&self, permit: &Permit) -> Result<P> {
        let id = TypeId::of::<P>();
        let known = |parts: &HashMap<TypeId, Box<dyn Any + Send + Sync>>| {
            parts.get(&id).and_then(|part| part.downcast_ref::<P>()).cloned()
        };
        if let Some(part) = known(&self.parts()) {
            return Ok(part);
        }
        // Built without the lock, because a part may need other parts.
        let built = P::build(self, permit)?;
        let mut parts = self.parts();
        if let Some(part) = known(&parts) {
            return Ok(part);
        }
        parts.insert(id, Box::new(built.clone()));
        Ok(built)
    }

    fn parts(&self) -> std::sync::MutexGuard<'_, HashMap<TypeId, Box<dyn Any + Send + Sync>>> {
        self.shared.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that DynamoDB answers, and keeps the connection.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when DynamoDB's address does not answer.
    pub async fn ping(&self, _: &Permit) -> Result<()> {
        let endpoint = || self.shared.settings.connection.dynamodb_endpoint();
        self.shared.db.ping().await.map_err(|cause| Error::Unreachable { endpoint: endpoint(), cause })
    }

    /// Like [`Self::ping`], but tries again for about 5 s, for processes that end without DynamoDB: it may be starting,
    /// too.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when DynamoDB's address never answers.
    pub async fn reach(&self, permit: &Permit) -> Result<()> {
        let end = Instant::now() + REACHING;
        loop {
            match self.ping(permit).await {
                Err(_) if Instant::now() < end => tokio::time::sleep(BETWEEN_PINGS).await,
                done => return done,
            }
        }
    }

    pub(crate) fn own_settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn guard(&self) -> Option<&Guard> {
        self.shared.guard.as_ref()
    }

    /// Whether this is the first request of the process. True only at the first call.
    pub(crate) fn is_first_request(&self) -> bool {
        self.shared.cold.swap(false, Ordering::Relaxed)
    }
}

/// A resource that an endpoint or a worker may use, such as a table, a queue or the signing key. Declared in
/// [`crate::Endpoint::Uses`] or [`crate::Worker::Uses`], alone or as a tuple.
///
/// Each process has one instance, which is cheap to clone.
pub trait Part: Clone + Send + Sync + 'static {
    /// Whether the part uses DynamoDB. A process that has no such part, no limits and no guard starts without DynamoDB.
    const DATABASE: bool;
    /// Whether only workers and tasks may use the part. An endpoint that declares such a part does not compile.
    const WORKERS_ONLY: bool = false;

    /// Whether [`Part::prewarm`] does work that is slow at the first call. Then a start does this work also while a
    /// request waits for the start, because Lambda gives a whole processor to a start, and only a share of one to a call.
    const PREWARMS: bool = false;

    /// Builds the part. Sends nothing.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    fn build(context: &Context, permit: &Permit) -> Result<Self>;

    /// Does slow work when the process starts, so that the first call does not wait for it. Without
    /// [`Part::PREWARMS`], only a start ahead of requests does it.
    ///
    /// # Errors
    /// When the part can't work.
    fn prewarm(&self, context: &Context) -> impl Future<Output = Result<()>> + Send {
        let _ = context;
        std::future::ready(Ok(()))
    }

    /// Adds the part's entry to a list of parts. A tuple adds the entries of its elements.
    fn list(into: &mut Vec<PartInfo>);
}

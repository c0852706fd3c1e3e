use std::future::Future;

use auth::{Access, Caller, Level};

use crate::context::{Context, Part};
use crate::error::{Code, Result};
use crate::limits::{Limit, LimitKey};
use crate::log::Metric;
use crate::request::FromRequest;
use crate::response::IntoResponse;
use crate::route::{Method, Route};

/// One endpoint: one Lambda, one route.
///
/// The level is a type, and the handler gets the proof of exactly that level:
///
/// ```
/// use api::{Context, Endpoint, Json, Limit, Result, Route, get};
/// use auth::{Staff, StaffOnly};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = StaffOnly;
///     const LIMITS: &[Limit] = &[];
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (): (), _: Staff, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// An endpoint without a level does not compile:
///
/// ```compile_fail,E0046
/// use api::{Context, Endpoint, Json, Limit, Result, Route, get};
/// use auth::{Staff, StaffOnly};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     const LIMITS: &[Limit] = &[];
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (): (), _: Staff, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// Neither does a handler that takes the proof of another level:
///
/// ```compile_fail,E0053
/// use api::{Context, Endpoint, Json, Limit, Result, Route, get};
/// use auth::{SignedIn, Staff};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = SignedIn;
///     const LIMITS: &[Limit] = &[];
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (): (), _: Staff, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// An endpoint can't use an undeclared part. Parts such as tables and queues come only as arguments:
///
/// ```compile_fail,E0053
/// use api::{Context, Endpoint, Json, Limit, Limiter, Result, Route, get};
/// use auth::{Anyone, Public};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = Public;
///     const LIMITS: &[Limit] = &[];
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (limiter,): (Limiter,), _: Anyone, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// An endpoint can't build a part either, because only this crate has a [`crate::Permit`] for calls:
///
/// ```compile_fail,E0061
/// async fn handle(context: &api::Context) {
///     let limiter = context.part::<api::Limiter>();
/// }
/// ```
///
/// A limit per user does not compile for a public endpoint (checked when the endpoint enters the catalogue or is
/// served):
///
/// ```compile_fail,E0080
/// use api::{Context, Endpoint, Entry, Json, Limit, MINUTE, Result, Route, get, per_user};
/// use auth::{Anyone, Public};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = Public;
///     const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (): (), _: Anyone, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// const ENTRY: Entry = Entry::of::<Hello>("hello", "");
/// ```
///
/// A limit by address does not compile for an endpoint that requires a token. Strangers at a shared address, such as that
/// of a company, could use the limit up without a token, and lock out its users:
///
/// ```compile_fail,E0080
/// use api::{Context, Endpoint, Entry, Json, Limit, MINUTE, Result, Route, get, per_ip};
/// use auth::{SignedIn, User};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = SignedIn;
///     const LIMITS: &[Limit] = &[per_ip(60, MINUTE)];
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (): (), _: User, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// const ENTRY: Entry = Entry::of::<Hello>("hello", "");
/// ```
///
/// An endpoint that may write can't run beside its limits:
///
/// ```compile_fail,E0080
/// use api::{Context, Endpoint, Entry, Json, Limit, MINUTE, Result, Route, per_user, post};
/// use auth::{SignedIn, User};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = post("/v1/hello");
///     type Access = SignedIn;
///     const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
///     const READ_AHEAD: bool = true;
///     type Uses = ();
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &Context, (): (), _: User, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// const ENTRY: Entry = Entry::of::<Hello>("hello", "");
/// ```
pub trait Endpoint: Sized + Send + Sync + 'static {
    /// The method and path.
    const ROUTE: Route;
    /// The access level: [`auth::Public`], [`auth::Maybe`], [`auth::SignedIn`], [`auth::StaffOnly`] or
    /// [`auth::SuperuserOnly`], and their combinations [`auth::Recent`], [`auth::Scoped`] and [`auth::Either`].
    type Access: Access;
    /// The rate limits.
    const LIMITS: &'static [Limit];
    /// `Cache-Control` of successful responses. All other responses have `no-store`.
    const CACHE_CONTROL: &'static str = "no-store";
    /// The domain's metrics that this endpoint's log lines can count.
    const METRICS: &'static [Metric] = &[];
    /// Whether the endpoint runs beside its limits by user, so that a call waits for the slower one only. Only for GET at
    /// [`auth::SignedIn`] that writes nothing and logs no event: the response waits for the limits, but a write would be
    /// made already.
    const READ_AHEAD: bool = false;
    /// Further errors, beyond those of the level, the limits and the input.
    const ERRORS: &'static [Code] = &[];
    /// The [parts](Part) that the endpoint may use, such as tables and queues: a tuple, or a struct from [`crate::parts!`].
    type Uses: Part;
    /// The input. It is read after the caller is admitted, and it is valid when [`Endpoint::handle`] runs.
    type Input: FromRequest<Self::Uses>;
    /// The output of a successful call.
    type Output: IntoResponse;

    /// Handles an admitted request.
    fn handle(
        context: &Context,
        uses: Self::Uses,
        caller: <Self::Access as Access>::Proof,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Whether a process that serves `E` needs DynamoDB: for its parts, its limits or its caller's account.
pub(crate) const fn uses_database<E: Endpoint>() -> bool {
    E::Uses::DATABASE || !E::LIMITS.is_empty() || !is_public::<E>()
}

/// Whether anyone may call `E`, without a look at tokens.
pub(crate) const fn is_public<E: Endpoint>() -> bool {
    !level::<E>().checks_tokens()
}

const fn level<E: Endpoint>() -> Level {
    <<E::Access as Access>::Proof as Caller>::LEVEL
}

/// Refuses, at compile time, parts that only workers may use, and limits by a key that the endpoint does not have.
pub(crate) const fn check_declarations<E: Endpoint>() {
    assert!(!E::Uses::WORKERS_ONLY, "only workers and tasks may use one of these parts");
    let level = level::<E>();
    assert!(
        !E::READ_AHEAD || matches!(E::ROUTE.method, Method::Get),
        "only an endpoint that reads can run beside its limits"
    );
    assert!(
        !E::READ_AHEAD || matches!(level, Level::Authenticated),
        "only an endpoint of users can run beside its limits: what others read is audited"
    );
    let mut rest = E::LIMITS;
    while let Some((limit, others)) = rest.split_first() {
        assert!(limit.burst > 0 && limit.window > 0, "a limit must admit something");
        assert!(!E::READ_AHEAD || matches!(limit.by, LimitKey::User), "an endpoint can run beside limits by user only");
        match limit.by {
            LimitKey::Ip => {}
            LimitKey::User => assert!(!level.admits_anyone(), "an endpoint for anyone can't have a limit by user"),
            LimitKey::Subject | LimitKey::SubjectAndIp | LimitKey::NewAddresses => {
                assert!(
                    <E::Input as FromRequest<E::Uses>>::HAS_SUBJECT,
                    "the input has no subject, so it can't have a limit by subject"
                )
            }
        }
        assert!(
            level.admits_anyone() || !limit.by.has_address(),
            "a limit by address above the public levels would let a stranger at a shared address lock out its users"
        );
        rest = others;
    }
}

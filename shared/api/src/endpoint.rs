use std::fmt;
use std::future::Future;

use auth::Access;

use crate::answer::Output;
use crate::app::App;
use crate::code::Code;
use crate::error::Result;
use crate::input::Input;
use crate::job::QueueName;
use crate::limit::Limit;

/// The HTTP methods that endpoints use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method's name, as in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// A method and a path with `{parameters}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, from the root of the stage.
    pub path: &'static str,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path)
    }
}

/// `GET path`
pub const fn get(path: &'static str) -> Route {
    Route { method: Method::Get, path }
}

/// `POST path`
pub const fn post(path: &'static str) -> Route {
    Route { method: Method::Post, path }
}

/// `PUT path`
pub const fn put(path: &'static str) -> Route {
    Route { method: Method::Put, path }
}

/// `PATCH path`
pub const fn patch(path: &'static str) -> Route {
    Route { method: Method::Patch, path }
}

/// `DELETE path`
pub const fn delete(path: &'static str) -> Route {
    Route { method: Method::Delete, path }
}

/// What an endpoint does with passwords. A process gets ready for it before its first request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passwords {
    /// Nothing.
    Unused,
    /// It hashes them, to check or to keep them.
    Hashed,
    /// It also weighs how hard new ones are to guess.
    Chosen,
}

/// One endpoint: one Lambda, one route.
///
/// The level is a type, and the handler gets the proof of exactly that level:
///
/// ```
/// use api::{App, Endpoint, Json, Limit, Result, Route, get};
/// use auth::{Staff, StaffOnly};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = StaffOnly;
///     const LIMITS: &[Limit] = &[];
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &App, _: Staff, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// Without a level it does not compile:
///
/// ```compile_fail,E0046
/// use api::{App, Endpoint, Json, Limit, Result, Route, get};
/// use auth::{Staff, StaffOnly};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     const LIMITS: &[Limit] = &[];
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &App, _: Staff, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// Neither does a handler that takes the proof of another level:
///
/// ```compile_fail,E0053
/// use api::{App, Endpoint, Json, Limit, Result, Route, get};
/// use auth::{SignedIn, Staff};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = SignedIn;
///     const LIMITS: &[Limit] = &[];
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &App, _: Staff, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// ```
///
/// Nor does a limit per user where nobody is known yet (found when the endpoint enters the catalogue or is served):
///
/// ```compile_fail,E0080
/// use api::{App, Endpoint, Entry, Json, Limit, MINUTE, Result, Route, get, per_user};
/// use auth::{Anyone, Public};
///
/// struct Hello;
///
/// impl Endpoint for Hello {
///     const ROUTE: Route = get("/v1/hello");
///     type Access = Public;
///     const LIMITS: &[Limit] = &[per_user(60, MINUTE)];
///     type Input = ();
///     type Output = Json<&'static str>;
///     async fn handle(_: &App, _: Anyone, (): ()) -> Result<Self::Output> {
///         Ok(Json("hello"))
///     }
/// }
/// const ENTRY: Entry = Entry::of::<Hello>("hello", "");
/// ```
pub trait Endpoint: Sized + Send + Sync + 'static {
    /// Where it is found.
    const ROUTE: Route;
    /// Who may call it: [`auth::Public`], [`auth::SignedIn`], [`auth::StaffOnly`] or [`auth::SuperuserOnly`].
    type Access: Access;
    /// How often it may be called.
    const LIMITS: &'static [Limit];
    /// Whether it uses DynamoDB; if not, it starts without.
    const DATABASE: bool = true;
    /// Whether it issues tokens, and so may read the signing seed.
    const SIGNS: bool = false;
    /// What it does with passwords.
    const PASSWORDS: Passwords = Passwords::Unused;
    /// The queues that it puts jobs on.
    const QUEUES: &'static [QueueName] = &[];
    /// `Cache-Control` of its successes; everything else is `no-store`.
    const CACHE_CONTROL: &'static str = "no-store";
    /// How it fails beyond what follows from its level, its limits and its input.
    const FAILS: &'static [Code] = &[];
    /// What it takes: parsed and valid before [`Endpoint::handle`] runs, and not looked at before the caller is
    /// admitted.
    type Input: Input;
    /// What it answers when it succeeds.
    type Output: Output;

    /// Does the work.
    fn handle(
        app: &App,
        caller: <Self::Access as Access>::Proof,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

use std::future::Future;

use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};
use store::{Device, PageRequest, ProductId, schema};

use crate::app::App;
use crate::code::Code;
use crate::error::{Error, FieldError, Result};
use crate::given::Given;
use crate::members::Members;
use crate::operation::Operation;
use crate::request::Request;

/// What an endpoint takes from a request: parsed at the door, valid afterwards.
pub trait Input: Sized + Send {
    /// Whether [`Input::subject`] names something that limits can count by.
    const HAS_SUBJECT: bool = false;

    /// Reads it. Runs only after the caller was admitted.
    fn read(app: &App, request: &Request) -> impl Future<Output = Result<Self>> + Send;

    /// Says what that takes, and how it fails.
    fn describe(operation: &mut Operation<'_>);

    /// What limits by subject count by; without one, they do not apply.
    fn subject(&self) -> Option<String> {
        None
    }

    /// Whether the subject is known to use this address: then limits of new addresses do not apply.
    fn knows_address(&self) -> bool {
        false
    }
}

/// Takes nothing.
impl Input for () {
    async fn read(_: &App, _: &Request) -> Result<Self> {
        Ok(())
    }

    fn describe(_: &mut Operation<'_>) {}
}

/// Both, in this order.
impl<A: Input, B: Input> Input for (A, B) {
    const HAS_SUBJECT: bool = A::HAS_SUBJECT || B::HAS_SUBJECT;

    async fn read(app: &App, request: &Request) -> Result<Self> {
        Ok((A::read(app, request).await?, B::read(app, request).await?))
    }

    fn describe(operation: &mut Operation<'_>) {
        A::describe(operation);
        B::describe(operation);
    }

    fn subject(&self) -> Option<String> {
        self.0.subject().or_else(|| self.1.subject())
    }

    fn knows_address(&self) -> bool {
        self.0.knows_address() || self.1.knows_address()
    }
}

/// A JSON body: as input a [`Body`], as output anything serializable.
pub struct Json<T>(pub T);

/// A body: a JSON object, read member by member.
pub trait Body: Sized + Send {
    /// See [`Input::HAS_SUBJECT`].
    const HAS_SUBJECT: bool = false;

    /// Whether reading it takes so long that it must not hold up other requests.
    const COSTLY: bool = false;

    /// Takes the members. `None` when one was refused; then `members` knows why. Ask for every member before the first
    /// `?`, or the description lacks those that come later.
    fn read(members: &mut impl Members) -> Option<Self>;

    /// See [`Input::subject`].
    fn subject(&self) -> Option<String> {
        None
    }
}

impl<T: Body + 'static> Input for Json<T> {
    const HAS_SUBJECT: bool = T::HAS_SUBJECT;

    async fn read(app: &App, request: &Request) -> Result<Self> {
        let mut members = Given::parse(&request.json_body()?)?;
        let read = move || {
            let value = T::read(&mut members);
            members.finish(value).map(Json)
        };
        if T::COSTLY { app.costly(read).await? } else { read() }
    }

    fn describe(operation: &mut Operation<'_>) {
        operation.object::<T>();
        operation.fails(&[Code::NotJson, Code::BodyTooLarge, Code::MediaTypeUnsupported, Code::ValidationFailed]);
    }

    fn subject(&self) -> Option<String> {
        self.0.subject()
    }
}

/// An id in the path.
pub struct Path<T>(pub T);

/// A type that a path parameter can be read as.
pub trait FromPath: Sized + Send {
    /// The parameter's name.
    const NAME: &'static str;

    /// Reads it; `None` if nothing can have this id.
    fn from_path(text: &str) -> Option<Self>;

    /// What it looks like: an id, unless it says otherwise.
    fn schema() -> Value {
        schema::Id::json_schema(&mut SchemaGenerator::default()).to_value()
    }
}

impl<T: FromPath> Input for Path<T> {
    /// An id that nothing can have is simply not found.
    async fn read(_: &App, request: &Request) -> Result<Self> {
        request.path_parameter(T::NAME).and_then(T::from_path).map(Path).ok_or(Error::NotFound)
    }

    fn describe(operation: &mut Operation<'_>) {
        let which = format!("Which {}.", T::NAME.trim_end_matches("_id"));
        operation.parameter("path", T::NAME, &which, T::schema());
        operation.fails(&[Code::NotFound]);
    }
}

impl FromPath for ProductId {
    const NAME: &'static str = "product_id";

    fn from_path(text: &str) -> Option<Self> {
        ProductId::parse(text)
    }
}

impl FromPath for auth::UserId {
    const NAME: &'static str = "user_id";

    fn from_path(text: &str) -> Option<Self> {
        auth::UserId::parse(text)
    }
}

impl FromPath for auth::SessionId {
    const NAME: &'static str = "session_id";

    fn from_path(text: &str) -> Option<Self> {
        auth::SessionId::parse(text)
    }
}

/// Most characters of a `User-Agent` that are kept.
const LONGEST_USER_AGENT: usize = 200;

/// From where, and with what, the request came.
impl Input for Device {
    async fn read(_: &App, request: &Request) -> Result<Self> {
        let user_agent = request.headers().get(http::header::USER_AGENT);
        let user_agent = user_agent.map(|value| String::from_utf8_lossy(value.as_bytes())).unwrap_or_default();
        let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(LONGEST_USER_AGENT).collect();
        Ok(Self { user_agent, address: request.address().to_string() })
    }

    fn describe(_: &mut Operation<'_>) {}
}

const DEFAULT_LIMIT: u8 = 50;
/// Longer than any cursor of ours.
const LONGEST_CURSOR: usize = 1024;

/// `limit` (1 to 100, 50 if absent) and `cursor` of the query. Other parameters do not count.
impl Input for PageRequest {
    async fn read(_: &App, request: &Request) -> Result<Self> {
        let mut errors = Vec::new();
        let limit = once(request, "limit", &mut errors).map_or(Ok(DEFAULT_LIMIT), |text| read_limit(&text));
        let cursor = once(request, "cursor", &mut errors).map(read_cursor).transpose();
        match (limit, cursor) {
            (Ok(limit), Ok(cursor)) if errors.is_empty() => Ok(PageRequest { limit, cursor }),
            (limit, cursor) => {
                errors.extend([limit.err(), cursor.err()].into_iter().flatten());
                Err(Error::Invalid(errors))
            }
        }
    }

    fn describe(operation: &mut Operation<'_>) {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": Self::MOST, "default": DEFAULT_LIMIT });
        operation.parameter("query", "limit", "Most items of the page.", limit);
        let cursor = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_CURSOR });
        operation.parameter("query", "cursor", "Where the page before ended, as its `Link` says.", cursor);
        operation.fails(&[Code::ValidationFailed]);
    }
}

fn once(request: &Request, name: &str, errors: &mut Vec<FieldError>) -> Option<String> {
    let mut values = request.query().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    let first = values.next();
    if values.next().is_some() {
        errors.push(FieldError::new(name, "must be given once"));
    }
    first
}

fn read_limit(text: &str) -> Result<u8, FieldError> {
    let digits_only = text.bytes().all(|c| c.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits_only && (1..=PageRequest::MOST).contains(limit));
    limit.ok_or_else(|| FieldError::new("limit", "must be a whole number from 1 to 100"))
}

fn read_cursor(text: String) -> Result<String, FieldError> {
    let plausible = !text.is_empty() && text.len() <= LONGEST_CURSOR;
    plausible.then_some(text).ok_or_else(|| FieldError::new("cursor", "is not a cursor of this list"))
}

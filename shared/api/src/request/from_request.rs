use std::future::Future;

use dynamo::schema;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

use super::Request;
use crate::context::Context;
use crate::error::{Error, Result, codes};
use crate::openapi::Operation;

/// An input of an endpoint, read from the request. `U` has the endpoint's parts ([`crate::Endpoint::Uses`]).
pub trait FromRequest<U: Sync>: Sized + Send {
    /// Whether [`FromRequest::subject`] gives a subject that limits can count by.
    const HAS_SUBJECT: bool = false;

    /// Reads the input. Runs only after the caller was admitted. May read from tables what the subject depends on, but
    /// not write: the limits by address are counted at the same time, and may refuse the call.
    fn from_request(context: &Context, uses: &U, request: &Request) -> impl Future<Output = Result<Self>> + Send;

    /// Reads what the endpoint needs, but the subject does not depend on. Must not write: the limits by subject are
    /// counted at the same time, and may refuse the call.
    fn load(&mut self, context: &Context, uses: &U) -> impl Future<Output = Result<()>> + Send {
        let _ = (context, uses);
        std::future::ready(Ok(()))
    }

    /// Adds the input and its errors to the OpenAPI document.
    fn document(operation: &mut Operation<'_>);

    /// The subject that limits count by, such as an account or a session. Without a subject, limits by subject do not
    /// apply.
    fn subject(&self) -> Option<String> {
        None
    }

    /// Whether the subject is known to use this address. Then limits of new addresses do not apply. Asked after
    /// [`FromRequest::load`].
    fn knows_address(&self) -> bool {
        false
    }
}

/// No input.
impl<U: Sync> FromRequest<U> for () {
    async fn from_request(_: &Context, _: &U, _: &Request) -> Result<Self> {
        Ok(())
    }

    fn document(_: &mut Operation<'_>) {}
}

macro_rules! inputs {
    ($($input:ident $field:tt),+) => {
        /// Several inputs, read in this order.
        impl<U: Sync, $($input: FromRequest<U>),+> FromRequest<U> for ($($input),+) {
            const HAS_SUBJECT: bool = $($input::HAS_SUBJECT)||+;

            async fn from_request(context: &Context, uses: &U, request: &Request) -> Result<Self> {
                Ok(($($input::from_request(context, uses, request).await?),+))
            }

            async fn load(&mut self, context: &Context, uses: &U) -> Result<()> {
                $(self.$field.load(context, uses).await?;)+
                Ok(())
            }

            fn document(operation: &mut Operation<'_>) {
                $($input::document(operation);)+
            }

            fn subject(&self) -> Option<String> {
                None$(.or_else(|| self.$field.subject()))+
            }

            fn knows_address(&self) -> bool {
                $(self.$field.knows_address())||+
            }
        }
    };
}

inputs!(A 0, B 1);
inputs!(A 0, B 1, C 2);
inputs!(A 0, B 1, C 2, D 3);

/// An id in the path.
pub struct Path<T>(pub T);

/// A type that a path parameter can be read as.
pub trait FromPath: Sized + Send {
    /// The parameter's name.
    const NAME: &'static str;

    /// Reads the parameter. `None` if no resource can have this id.
    fn from_path(text: &str) -> Option<Self>;

    /// The parameter's schema. The default is the schema of an id.
    fn schema() -> Value {
        schema::Id::json_schema(&mut SchemaGenerator::default()).to_value()
    }
}

impl<U: Sync, T: FromPath> FromRequest<U> for Path<T> {
    /// An impossible id is not found.
    async fn from_request(context: &Context, uses: &U, request: &Request) -> Result<Self> {
        let path = <Option<Self> as FromRequest<U>>::from_request(context, uses, request).await?;
        path.ok_or(Error::NotFound)
    }

    fn document(operation: &mut Operation<'_>) {
        <Option<Self> as FromRequest<U>>::document(operation);
        operation.add_errors(&[codes::NOT_FOUND]);
    }
}

/// An id in the path of a deletion. `None` if no resource can have this id: then there is nothing to delete, and the
/// deletion succeeds, as for an id whose resource is gone (RFC 9110, 9.2.2).
impl<U: Sync, T: FromPath> FromRequest<U> for Option<Path<T>> {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        Ok(request.path_parameter(T::NAME).and_then(T::from_path).map(Path))
    }

    fn document(operation: &mut Operation<'_>) {
        let which = format!("The {}.", T::NAME.replace('_', " "));
        operation.add_parameter("path", T::NAME, &which, T::schema());
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

impl FromPath for auth::FactorId {
    const NAME: &'static str = "factor_id";

    fn from_path(text: &str) -> Option<Self> {
        auth::FactorId::parse(text)
    }
}

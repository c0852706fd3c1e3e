use super::fields::Body;
use super::received::ReceivedBody;
use crate::context::Context;
use crate::error::{Result, codes};
use crate::openapi::Operation;
use crate::request::{FromRequest, Request};

/// A JSON body: as input a [`Body`], as output any serializable type.
pub struct Json<T>(pub T);

impl<U: Sync, T: Body + 'static> FromRequest<U> for Json<T> {
    const HAS_SUBJECT: bool = T::HAS_SUBJECT;

    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        let mut fields = ReceivedBody::parse(&request.json_body()?)?;
        let value = T::read(&mut fields);
        fields.finish(value).map(Json)
    }

    fn document(operation: &mut Operation<'_>) {
        operation.set_body::<T>();
        operation.add_errors(&[
            codes::NOT_JSON,
            codes::BODY_TOO_LARGE,
            codes::MEDIA_TYPE_UNSUPPORTED,
            codes::VALIDATION_FAILED,
        ]);
    }

    fn subject(&self) -> Option<String> {
        self.0.subject()
    }
}

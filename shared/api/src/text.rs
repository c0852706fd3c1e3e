use std::marker::PhantomData;

use headers::{ETag, HeaderMapExt, IfNoneMatch};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::answer::{Answer, Output};
use crate::operation::Operation;
use crate::request::Request;

/// What a kind of [`Text`] may be.
pub trait Media: Send {
    /// Its media types.
    const TYPES: &'static [&'static str];
    /// The type that it has for whoever parses it.
    const SCHEMA_TYPE: &'static str = "string";
    /// Headers that it is sent with.
    const HEADERS: &'static [(HeaderName, &'static str)] = &[];
}

/// 200 with a text that is part of the binary, or 304 for whoever has it already (RFC 9110, 13.1.2).
pub struct Text<M> {
    media_type: &'static str,
    body: &'static str,
    kind: PhantomData<M>,
}

impl<M: Media> Text<M> {
    /// A text of one of the kind's media types.
    pub const fn new(media_type: &'static str, body: &'static str) -> Self {
        Self { media_type, body, kind: PhantomData }
    }
}

impl<M: Media> Output for Text<M> {
    fn answer(self, request: &Request) -> Answer {
        let digest = auth::sha256(self.body.as_bytes());
        let tag = digest.iter().take(8).fold(String::new(), |tag, byte| format!("{tag}{byte:02x}"));
        let Ok(tag) = format!("\"{tag}\"").parse::<ETag>() else {
            return Answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let known = request.headers().typed_get::<IfNoneMatch>();
        let mut answer = if known.is_some_and(|known| !known.precondition_passes(&tag)) {
            Answer::empty(StatusCode::NOT_MODIFIED)
        } else {
            let answer = Answer { body: Some(self.body.to_owned()), ..Answer::empty(StatusCode::OK) };
            answer.with(header::CONTENT_TYPE, self.media_type)
        };
        answer.headers.typed_insert(tag);
        for (name, value) in M::HEADERS {
            answer.headers.insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    fn describe(operation: &mut Operation<'_>) {
        let text = |_: &mut _| json!({ "type": M::SCHEMA_TYPE });
        operation.answer_with((StatusCode::OK, "The text.", &["ETag"]), M::TYPES, text);
        let tag = json!({ "type": "string", "examples": ["\"5d41402abc4b2a76\""] });
        operation.parameter("header", "If-None-Match", "The `ETag` of what is there already.", tag);
        operation.answer(StatusCode::NOT_MODIFIED, "It is as it was (`If-None-Match`).", &["ETag"]);
    }
}

use serde_json::json;

use crate::context::Context;
use crate::error::{Error, FieldError, Result, codes};
use crate::openapi::Operation;
use crate::request::{FromRequest, Request};

const SUBJECT: &str = "subject";
const ACTOR: &str = "actor";
/// Upper bound on the length of a subject or an actor, in bytes. The ARN of an IAM user with the longest path is shorter.
const LONGEST: usize = 640;

/// The rows of the audit to read: those of one subject, or of one actor. In a query, exactly one of the parameters
/// `subject` and `actor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditQuery {
    /// What was done to this subject.
    Subject(String),
    /// What this actor did.
    Actor(String),
}

impl AuditQuery {
    /// The parameter's name and value.
    pub fn parameter(&self) -> (&'static str, &str) {
        match self {
            AuditQuery::Subject(subject) => (SUBJECT, subject),
            AuditQuery::Actor(actor) => (ACTOR, actor),
        }
    }

    /// The subject and the actor for the log, without text that can contain an email, such as an operator's ARN.
    pub fn for_log(&self) -> (Option<&str>, Option<&str>) {
        let plain = |text: &'_ str| !text.contains('@');
        match self {
            AuditQuery::Subject(subject) => (Some(subject.as_str()).filter(|text| plain(text)), None),
            AuditQuery::Actor(actor) => (None, Some(actor.as_str()).filter(|text| plain(text))),
        }
    }
}

impl<U: Sync> FromRequest<U> for AuditQuery {
    async fn from_request(_: &Context, _: &U, request: &Request) -> Result<Self> {
        let mut given = request.query().filter(|(name, _)| name == SUBJECT || name == ACTOR);
        let query = match (given.next(), given.next()) {
            (None, _) => Err(FieldError::new(SUBJECT, "must be given, or actor")),
            (Some((name, value)), None) => read(&name, value.into_owned()),
            (Some((first, _)), Some((second, _))) if first == second => {
                Err(FieldError::new(&*first, "must be given once"))
            }
            (Some(_), Some(_)) => Err(FieldError::new(ACTOR, "must not be given with subject")),
        };
        query.map_err(|error| Error::Invalid(vec![error]))
    }

    fn document(operation: &mut Operation<'_>) {
        let both = [
            (SUBJECT, "What was acted on.", "things"),
            (ACTOR, "Who acted.", "users/01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10"),
        ];
        for (name, text, example) in both {
            let schema = json!({ "type": "string", "minLength": 1, "maxLength": LONGEST, "examples": [example] });
            let text = format!("{text} Give exactly one of `subject` and `actor`.");
            operation.add_parameter("query", name, &text, schema);
        }
        operation.add_errors(&[codes::VALIDATION_FAILED]);
    }
}

fn read(name: &str, value: String) -> Result<AuditQuery, FieldError> {
    if !(1..=LONGEST).contains(&value.len()) {
        return Err(FieldError::new(name, "must have 1 to 640 bytes"));
    }
    Ok(if name == SUBJECT { AuditQuery::Subject(value) } else { AuditQuery::Actor(value) })
}

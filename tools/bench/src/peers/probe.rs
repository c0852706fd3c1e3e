use serde_json::{Map, Value};

use super::stack::Stack;
use crate::fixture::Event;

/// Members that differ from call to call.
const VARIABLE: [&str; 2] = ["access_token", "refresh_token"];

/// A call with one right answer.
pub struct Probe {
    pub what: &'static str,
    pub event: Event,
    /// The code of the problem, if the call is to be refused.
    pub code: Option<&'static str>,
}

/// The response of a function.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Map<String, Value>,
}

impl Answer {
    /// Reads a response in the form that API Gateway takes.
    pub fn read(response: &Value) -> Result<Self, String> {
        let status = response.get("statusCode").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
        let body = response.get("body").and_then(Value::as_str).and_then(|body| serde_json::from_str(body).ok());
        let (Some(status), Some(body)) = (status, body) else { return Err(format!("is no answer: {response}")) };
        Ok(Self { status, body })
    }

    pub fn text(&self, name: &str) -> &str {
        self.body.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether the call was refused with this status and code.
    pub fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.text("code") == code
    }
}

impl Probe {
    /// Checks an answer of a stack against the right answer: the status, the code, and the members of our body with
    /// their values.
    pub fn check(&self, stack: Stack, answer: &Answer, ours: &Answer) -> Result<(), String> {
        let Self { what, event, code } = self;
        let told = |why: &str| Err(format!("{}, {what}: {why}: {answer:?}, and ours: {ours:?}", stack.name()));
        if answer.status != event.success || code.is_some_and(|code| answer.text("code") != code) {
            return told(&format!("not {} {}", event.success, code.unwrap_or_default()));
        }
        if constant(answer) != constant(ours) {
            return told("another body");
        }
        Ok(())
    }
}

/// The members with the values that are the same in each call.
fn constant(answer: &Answer) -> Map<String, Value> {
    let mut body = answer.body.clone();
    body.iter_mut().filter(|(name, _)| VARIABLE.contains(&name.as_str())).for_each(|(_, value)| *value = Value::Null);
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: Value) -> Answer {
        Answer::read(&json!({ "statusCode": status, "body": body.to_string() })).unwrap()
    }

    fn checked(code: Option<&'static str>, success: u16, theirs: &Answer, ours: &Answer) -> Result<(), String> {
        let probe = Probe { what: "a call", event: Event { event: json!({}), success }, code };
        probe.check(Stack::Node, theirs, ours)
    }

    #[test]
    fn an_answer_has_a_status_and_a_json_object() {
        for bad in [json!({}), json!({ "statusCode": 200 }), json!({ "statusCode": 200, "body": "[]" }), json!(null)] {
            assert!(Answer::read(&bad).is_err(), "{bad}");
        }
        assert_eq!(answer(200, json!({ "id": "x" })).text("id"), "x");
    }

    #[test]
    fn bodies_are_the_same_but_for_tokens() {
        let ours = answer(200, json!({ "access_token": "a", "expires_in": 900 }));
        assert_eq!(checked(None, 200, &answer(200, json!({ "access_token": "b", "expires_in": 900 })), &ours), Ok(()));
        for body in [json!({ "expires_in": 900 }), json!({ "access_token": "b", "expires_in": 901 })] {
            let error = checked(None, 200, &answer(200, body), &ours).unwrap_err();
            assert!(error.starts_with("Node, a call: another body"), "{error}");
        }
    }

    #[test]
    fn a_missing_check_is_told() {
        let refused = answer(401, json!({ "code": "token_invalid" }));
        assert_eq!(checked(Some("token_invalid"), 401, &refused, &refused), Ok(()));
        for theirs in [answer(200, json!({ "id": "x" })), answer(401, json!({ "code": "token_expired" }))] {
            let error = checked(Some("token_invalid"), 401, &theirs, &refused).unwrap_err();
            assert!(error.starts_with("Node, a call: not 401 token_invalid"), "{error}");
        }
    }
}

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::code::Code;
use crate::operation::references;

/// What the gateway answers by itself, on any route.
const GATEWAY: [(StatusCode, &str); 6] = [
    (StatusCode::NOT_FOUND, "The gateway knows no such route."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The gateway takes at most 10 MB."),
    (StatusCode::TOO_MANY_REQUESTS, "The gateway's throttle of the route is exceeded."),
    (StatusCode::INTERNAL_SERVER_ERROR, "The gateway got no answer that it can read."),
    (StatusCode::SERVICE_UNAVAILABLE, "The gateway got no answer."),
    (StatusCode::GATEWAY_TIMEOUT, "The gateway got no answer in time."),
];

/// The answers that are no success. Each is described once, however many operations have it.
pub struct Refusals {
    problem: Value,
    /// Those that were described.
    pub named: Map<String, Value>,
}

/// All statuses that these codes and the gateway have.
pub fn statuses(codes: &BTreeSet<Code>) -> BTreeSet<StatusCode> {
    let ours = codes.iter().flat_map(|code| code_statuses(*code));
    ours.chain(GATEWAY.iter().map(|(status, _)| *status)).collect()
}

/// The statuses that a code can have: whether a missing token is a 401 is a setting.
fn code_statuses(code: Code) -> impl Iterator<Item = StatusCode> {
    let other = (code == Code::TokenMissing).then_some(StatusCode::UNAUTHORIZED);
    std::iter::once(code.status()).chain(other)
}

impl Refusals {
    /// None yet; `problem` is the schema of their bodies.
    pub fn new(problem: Value) -> Self {
        Self { problem, named: Map::new() }
    }

    /// A reference to the answer with this status and those of the codes that have it.
    pub fn reference(&mut self, status: StatusCode, codes: &BTreeSet<Code>, limited: bool) -> Value {
        let codes = codes.iter().filter(|code| code_statuses(**code).any(|one| one == status)).copied();
        let codes: Vec<Code> = codes.collect();
        let names = codes.iter().map(|code| code.as_str()).chain((limited && !codes.is_empty()).then_some("limited"));
        let name = std::iter::once(status.as_str()).chain(names).collect::<Vec<_>>().join(".");
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        if !self.named.contains_key(&name) {
            let described = self.refusal(status, &codes, limited);
            self.named.insert(name, described);
        }
        reference
    }

    fn refusal(&self, status: StatusCode, codes: &[Code], limited: bool) -> Value {
        let mut content = Map::new();
        let meaning = |code: &Code| format!("`{}`: {}", code.as_str(), code.meaning().trim());
        let mut meanings: Vec<String> = codes.iter().map(meaning).collect();
        if !codes.is_empty() {
            let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
            let properties = json!({ "status": { "const": status.as_u16() }, "code": { "enum": names } });
            let mut these = Map::from_iter([("properties".to_owned(), properties)]);
            if codes == [Code::ValidationFailed] {
                these.insert("required".to_owned(), json!(["errors"]));
            }
            let schema = json!({ "allOf": [self.problem, these] });
            content.insert("application/problem+json".to_owned(), json!({ "schema": schema }));
        }
        for (_, meaning) in GATEWAY.iter().filter(|(known, _)| *known == status) {
            meanings.push((*meaning).to_owned());
            let schema = json!({ "$ref": "#/components/schemas/GatewayMessage" });
            content.insert("application/json".to_owned(), json!({ "schema": schema }));
        }
        let mut headers = references(match status {
            StatusCode::UNAUTHORIZED => &["WWW-Authenticate"],
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => &["Retry-After"],
            _ => &[],
        });
        // The gateway's own answers have none of ours.
        if !codes.is_empty() {
            headers.extend(of_every_answer(limited));
        }
        json!({ "description": meanings.join(" "), "headers": headers, "content": content })
    }
}

/// The headers that every answer may have.
pub fn of_every_answer(limited: bool) -> Map<String, Value> {
    let mut headers = references(&["X-Request-Id", "Cache-Control"]);
    if limited {
        headers.extend(references(&["RateLimit", "RateLimit-Policy"]));
    }
    headers
}

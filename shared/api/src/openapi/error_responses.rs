use std::collections::BTreeSet;

use http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use super::operation::references;
use super::problem_schemas::ProblemSchemas;
use crate::error::{Code, codes};

/// The gateway's own errors, on any route.
const GATEWAY: [(StatusCode, &str); 6] = [
    (StatusCode::NOT_FOUND, "The gateway knows no such route."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The gateway takes at most 10 MB."),
    (StatusCode::TOO_MANY_REQUESTS, "The gateway's throttle of the route is exceeded."),
    (StatusCode::INTERNAL_SERVER_ERROR, "The function returned an invalid response."),
    (StatusCode::SERVICE_UNAVAILABLE, "The function was not available."),
    (StatusCode::GATEWAY_TIMEOUT, "The function timed out."),
];

/// The gateway's own error with this status, in a sentence.
fn of_gateway(status: StatusCode) -> Option<&'static str> {
    GATEWAY.iter().find(|(known, _)| *known == status).map(|(_, sentence)| *sentence)
}

/// The error responses. Each is written once, and operations refer to it.
pub struct ErrorResponses {
    schemas: ProblemSchemas,
    /// The responses written so far.
    pub named: Map<String, Value>,
}

/// All statuses of these codes and of the gateway.
pub fn statuses(codes: &BTreeSet<Code>) -> BTreeSet<StatusCode> {
    let ours = codes.iter().flat_map(|code| code_statuses(*code));
    ours.chain(GATEWAY.iter().map(|(status, _)| *status)).collect()
}

/// The statuses that a code can have. The status of a missing token depends on a setting.
fn code_statuses(code: Code) -> impl Iterator<Item = StatusCode> {
    let other = (code == codes::TOKEN_MISSING).then_some(StatusCode::UNAUTHORIZED);
    std::iter::once(code.status()).chain(other)
}

impl ErrorResponses {
    /// An empty set of responses. `problem` is the schema of any problem.
    pub fn new(problem: Schema) -> Self {
        Self {
            schemas: ProblemSchemas::new(problem, GATEWAY.iter().map(|(status, _)| *status).collect()),
            named: Map::new(),
        }
    }

    /// The schemas of the bodies, one for each status.
    pub fn schemas(&self) -> Map<String, Value> {
        self.schemas.named()
    }

    /// A reference to the response with this status and the codes of this status.
    pub fn reference(&mut self, status: StatusCode, codes: &BTreeSet<Code>, limited: bool) -> Value {
        let codes = codes.iter().filter(|code| code_statuses(**code).any(|one| one == status)).copied();
        let codes: Vec<Code> = codes.collect();
        let names = codes.iter().map(|code| code.as_str()).chain((limited && !codes.is_empty()).then_some("limited"));
        let name = std::iter::once(status.as_str()).chain(names).collect::<Vec<_>>().join(".");
        let reference = reference_to(&name);
        if !self.named.contains_key(&name) {
            let response = self.error_response(status, &codes, limited);
            self.named.insert(name, response);
        }
        reference
    }

    /// The same response without its body, for HEAD. The response to a reference is a reference, too.
    pub fn without_body(&mut self, response: &Value) -> Value {
        let bodiless = |response: &Value| {
            let headers = response.get("headers");
            json!({ "description": "As for GET, without the body.", "headers": headers })
        };
        let name = response.get("$ref").and_then(Value::as_str).and_then(|text| text.rsplit('/').next());
        let Some((name, named)) = name.and_then(|name| Some((name, self.named.get(name)?))) else {
            return bodiless(response);
        };
        let head = format!("{name}.head");
        let response = bodiless(named);
        self.named.insert(head.clone(), response);
        reference_to(&head)
    }

    fn error_response(&mut self, status: StatusCode, codes: &[Code], limited: bool) -> Value {
        let schema = json!({ "schema": self.schemas.reference(status, codes) });
        let mut content = Map::new();
        let sentence = |code: &Code| format!("`{}`: {}", code.as_str(), code.sentence());
        let mut sentences: Vec<String> = codes.iter().map(sentence).collect();
        if !codes.is_empty() {
            content.insert("application/problem+json".to_owned(), schema.clone());
        }
        if let Some(sentence) = of_gateway(status) {
            sentences.push(sentence.to_owned());
            content.insert("application/json".to_owned(), schema);
        }
        let mut headers = references(match status {
            StatusCode::UNAUTHORIZED => &["WWW-Authenticate"],
            StatusCode::UNSUPPORTED_MEDIA_TYPE => &["Accept-Encoding"],
            StatusCode::CONFLICT if codes.contains(&codes::REQUEST_IN_PROGRESS) => &["Retry-After"],
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => &["Retry-After"],
            _ => &[],
        });
        if codes.contains(&codes::ALREADY_DONE) {
            let (text, schema) = ("With `already_done`: the path of the resource.", json!({ "type": "string" }));
            headers.insert("Location".to_owned(), json!({ "description": text, "schema": schema }));
        }
        // The gateway's own errors lack these headers.
        if !codes.is_empty() {
            headers.extend(common_headers(limited));
        }
        let names: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
        json!({ "description": sentences.join(" "), "headers": headers, "content": content, "x-codes": names })
    }
}

fn reference_to(name: &str) -> Value {
    json!({ "$ref": format!("#/components/responses/{name}") })
}

/// The headers that every response may have.
pub fn common_headers(limited: bool) -> Map<String, Value> {
    let mut headers = references(&["X-Request-Id", "Cache-Control"]);
    if limited {
        headers.extend(references(&["RateLimit", "RateLimit-Policy"]));
    }
    headers
}

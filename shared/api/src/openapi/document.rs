//! The document itself.

use serde_json::{Map, Value, json};

use super::access;
use super::error_responses::{self, ErrorResponses, common_headers};
use super::operation::{Operation, Schemas};
use crate::catalogue::Entry;
use crate::error::Problem;
use crate::limits::{Limit, LimitKey};

/// The API's title, version and text.
pub struct Info {
    /// The API's name.
    pub title: &'static str,
    /// The API's version.
    pub version: &'static str,
    /// An introduction, in Markdown.
    pub description: &'static str,
}

/// The OpenAPI 3.1 document of all `entries`.
pub fn document(info: &Info, entries: &[Entry]) -> Value {
    let mut schemas = Schemas::default();
    let mut errors = ErrorResponses::new(schemas.inline::<Problem>());
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<&str> = Vec::new();
    for entry in entries {
        let tag = tag(entry.route.path);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let mut operation = Operation::new(&mut schemas, entry.route.method, access::errors(entry));
        entry.document(&mut operation);
        let operation = operation_object(entry, operation, &mut errors);
        let methods = paths.entry(entry.route.path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            methods.extend(entry.head().map(|_| ("head".to_owned(), head_operation(&operation, &mut errors))));
            methods.insert(entry.route.method.as_str().to_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": info_object(info),
        // Generators warn about other relative URLs. Behind the name of a stage, the page replaces it.
        "servers": [{ "url": "/" }],
        "tags": tags.iter().map(|tag| json!({ "name": tag })).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas.named().into_iter().chain(errors.schemas()).collect::<Map<_, _>>(),
            "responses": errors.named,
            "headers": headers(),
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    })
}

fn info_object(info: &Info) -> Value {
    json!({
        "title": info.title,
        "version": info.version,
        "description": info.description,
        "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
    })
}

fn operation_object(entry: &Entry, operation: Operation<'_>, errors: &mut ErrorResponses) -> Value {
    let (summary, text) = entry.summary();
    let limits: Vec<String> = entry.limits.iter().map(in_words).collect();
    let limits = if limits.is_empty() { String::new() } else { format!(" Limits: {}.", limits.join("; ")) };
    let mut object = json!({
        "operationId": entry.name,
        "tags": [tag(entry.route.path)],
        "summary": summary,
        "description": format!("{text}\n\n{}{limits}", access::in_words(entry)),
        "security": access::security(entry),
        "x-level": entry.level.to_string(),
        "x-recent": entry.recent,
        "x-limits": entry.limits.iter().map(in_numbers).collect::<Vec<_>>(),
        "responses": responses(entry, &operation, errors),
    });
    if let Some(members) = object.as_object_mut() {
        if !operation.parameters.is_empty() {
            members.insert("parameters".to_owned(), Value::Array(operation.parameters));
        }
        members.extend(operation.body.map(|body| ("requestBody".to_owned(), body)));
    }
    object
}

/// HEAD, from the operation of GET: the same input, statuses and headers, without bodies.
fn head_operation(get: &Value, errors: &mut ErrorResponses) -> Value {
    let Value::Object(mut head) = get.clone() else { return Value::Null };
    let text = |name: &str| get.get(name).and_then(Value::as_str).unwrap_or_default();
    head.insert("operationId".to_owned(), json!(format!("{}_head", text("operationId"))));
    head.insert("summary".to_owned(), json!(format!("{} (headers only)", text("summary"))));
    head.insert("description".to_owned(), json!("As GET, without the body.\n\nLevel: Public."));
    for response in head.get_mut("responses").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        *response = errors.without_body(response);
    }
    Value::Object(head)
}

/// The first part of the path that names a resource.
fn tag(path: &str) -> &str {
    path.strip_prefix("/v1/").and_then(|rest| rest.split('/').next()).unwrap_or("meta")
}

fn in_words(limit: &Limit) -> String {
    let whose = match limit.by {
        LimitKey::Ip => "address",
        LimitKey::User => "user",
        LimitKey::Subject => "subject",
        LimitKey::SubjectAndIp => "subject and address",
        LimitKey::NewAddresses => "subject, from addresses that are new to it",
    };
    format!("{} calls in {} s for each {whose}", limit.burst, limit.window)
}

fn in_numbers(limit: &Limit) -> Value {
    let Limit { by, burst, window, fails_closed, .. } = limit;
    json!({ "by": by.as_str(), "burst": burst, "window": window, "fails_closed": fails_closed })
}

fn responses(entry: &Entry, operation: &Operation<'_>, errors: &mut ErrorResponses) -> Map<String, Value> {
    let limited = !entry.limits.is_empty();
    let mut responses = Map::new();
    for (status, response) in &operation.responses {
        let mut response = response.clone();
        if let Some(headers) = response.get_mut("headers").and_then(Value::as_object_mut) {
            headers.extend(common_headers(limited));
        }
        responses.insert(status.to_string(), response);
    }
    for status in error_responses::statuses(&operation.codes) {
        let reference = errors.reference(status, &operation.codes, limited);
        responses.insert(status.as_str().to_owned(), reference);
    }
    responses
}

fn headers() -> Value {
    let header = |required: bool, description: &str, example: &str| {
        let schema = json!({ "type": "string", "examples": [example] });
        json!({ "description": description, "required": required, "schema": schema })
    };
    let text = |description: &str, example: &str| header(false, description, example);
    let always = |description: &str, example: &str| header(true, description, example);
    json!({
        "Accept-Encoding": text("The only content coding of a body, for a request with another one.", "identity"),
        "Cache-Control": text("`no-store`, except for public resources.", "no-store"),
        "ETag": always("The version of the response (RFC 9110, 8.8.3).", "\"5d41402abc4b2a76\""),
        "Idempotency-Replayed": text("`true` if an earlier request with this `Idempotency-Key` was made.", "true"),
        "Link": text("The next page (RFC 8288). A page can be short, even empty, and still name a next page. Without a next page, the list ends.", "</v1/things?limit=50&cursor=W10>; rel=\"next\""),
        "Location": always("Path of the new resource.", "/v1/things/01976b2c-8d3e-7a41-9c5f-2e8b7d6a4f10"),
        "RateLimit": text("The calls that are left (draft-ietf-httpapi-ratelimit-headers).", "\"user\";r=59;t=1"),
        "RateLimit-Policy": text("The limits that were counted.", "\"user\";q=60;w=60"),
        "Retry-After": json!({
            "description": "Seconds after which the same call may succeed.",
            "schema": { "type": "integer", "minimum": 1, "examples": [6] },
        }),
        "WWW-Authenticate": always("The challenge (RFC 6750, 3; RFC 9470, 3).", "Bearer error=\"invalid_token\""),
        "X-Request-Id": text("The id of the request, as in the log.", "JKJaXmPLvHcESHA="),
    })
}

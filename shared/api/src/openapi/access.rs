//! What the document says about an endpoint's level.

use std::collections::BTreeSet;

use auth::Level;
use serde_json::{Value, json};

use crate::catalogue::Entry;
use crate::error::{Code, codes};

/// The sentence about [`auth::Recent`].
const RECENT: &str = " The access token must be from an authentication within the last 5 minutes. A refreshed token counts \
                      from the sign-in.";

/// The errors of the level and of the limits.
pub fn errors(entry: &Entry) -> BTreeSet<Code> {
    let level = entry.level;
    let mut errors = BTreeSet::from([codes::MALFORMED_REQUEST, codes::INTERNAL, codes::UNAVAILABLE]);
    if !entry.limits.is_empty() {
        errors.insert(codes::RATE_LIMITED);
    }
    if level.checks_tokens() {
        errors.extend([codes::TOKEN_INVALID, codes::TOKEN_EXPIRED]);
    }
    if !level.admits_anyone() {
        errors.insert(codes::TOKEN_MISSING);
    }
    match level {
        Level::Public | Level::Maybe | Level::Authenticated | Level::Agent => {}
        // A setting may require a second factor of a role.
        Level::Staff => errors.extend([codes::STAFF_REQUIRED, codes::REAUTHENTICATION_REQUIRED]),
        Level::Superuser => errors.extend([codes::SUPERUSER_REQUIRED, codes::REAUTHENTICATION_REQUIRED]),
    }
    errors.extend(entry.recent.then_some(codes::REAUTHENTICATION_REQUIRED));
    errors.extend(entry.scope.map(|_| codes::SCOPE_REQUIRED));
    errors
}

/// The level, for readers.
pub fn in_words(entry: &Entry) -> String {
    format!("Level: {}.{}", entry.access(), if entry.recent { RECENT } else { "" })
}

/// The security requirements (OpenAPI 3.1, 4.8.30), with the roles and scopes.
pub fn security(entry: &Entry) -> Value {
    let mut all = match entry.level {
        Level::Public | Level::Agent => vec![],
        Level::Maybe => vec![json!({}), json!({ "bearer": [] })],
        Level::Authenticated => vec![json!({ "bearer": [] })],
        Level::Staff => vec![json!({ "bearer": ["staff"] })],
        Level::Superuser => vec![json!({ "bearer": ["superuser"] })],
    };
    all.extend(entry.scope.map(|scope| json!({ "bearer": [scope] })));
    Value::Array(all)
}

//! The subjects that identity's limits count by.

use auth::UserId;

/// The name of an account in the counters, the same for its username and its email. Unknown names are kept as digests.
pub fn account_subject(known: Option<UserId>, name: &str) -> String {
    known.map_or_else(
        || format!("unknown:{}", auth::hex(&auth::sha256(name.to_ascii_lowercase().as_bytes()))),
        |id| id.to_string(),
    )
}

/// The name of a mailbox in the counters. Many providers deliver `name+anything` to `name`.
pub fn mailbox_subject(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let name = local.split('+').next().unwrap_or(local);
    account_subject(None, &format!("{name}@{domain}"))
}

//! The subjects that identity's limits count by.

#[cfg(feature = "endpoints")]
use api::{HOUR, Limit, QUARTER_HOUR, per_subject_and_ip, per_subject_at_new_addresses, post};
use auth::UserId;

/// The limits on guesses at an account's password without a session: ten in a quarter of an hour from one address, and a
/// hundred an hour from all new addresses together. All endpoints with these limits count together.
#[cfg(feature = "endpoints")]
pub const SIGN_IN_LIMITS: [Limit; 2] = [
    per_subject_and_ip(10, QUARTER_HOUR).fail_closed().shared_with(post("/v1/auth/token")),
    per_subject_at_new_addresses(100, HOUR).fail_closed().shared_with(post("/v1/auth/token")),
];

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

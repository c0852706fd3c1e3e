//! The subjects that identity's limits count by.

#[cfg(feature = "endpoints")]
use api::{HOUR, Limit, MINUTE, QUARTER_HOUR, per_subject_and_ip, per_subject_at_new_addresses, per_user, post};
use auth::UserId;

/// The limits on guesses at an account's password without a session: ten in a quarter of an hour from one address, and a
/// hundred an hour from all new addresses together. All endpoints with these limits count together.
#[cfg(feature = "endpoints")]
pub const SIGN_IN_LIMITS: [Limit; 2] = [
    per_subject_and_ip(10, QUARTER_HOUR).fail_closed().shared_with(post("/v1/auth/token")),
    per_subject_at_new_addresses(100, HOUR).fail_closed().shared_with(post("/v1/auth/token")),
];

/// The limit on guesses at the password of somebody signed in. All endpoints that take such a password count together.
#[cfg(feature = "endpoints")]
pub const OWN_PASSWORD_LIMIT: Limit = per_user(5, MINUTE).fail_closed().shared_with(post("/v1/auth/reauthenticate"));

/// The name of an account in the counters, the same for its username and its email. Unknown names are kept as digests.
pub fn account_subject(known: Option<UserId>, name: &str) -> String {
    known.map_or_else(
        || format!("unknown:{}", auth::hex(&auth::sha256(name.to_ascii_lowercase().as_bytes()))),
        |id| id.to_string(),
    )
}

/// The name of a mailbox in the counters. Many providers deliver `name+anything` to `name`. The plain address has a
/// counter of its own, and all addresses with a suffix share another one. So a stranger who uses up the shared counter
/// keeps no mail from the plain address.
pub fn mailbox_subject(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    match local.split_once('+') {
        Some((name, _)) => account_subject(None, &format!("{name}+@{domain}")),
        None => account_subject(None, email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_address_shares_its_counter_with_no_other_spelling() {
        let plain = mailbox_subject("victim@example.com");
        assert_eq!(mailbox_subject("Victim@Example.COM"), plain, "case makes no other address");
        let suffixed: Vec<_> =
            ["victim+@example.com", "victim+1@example.com", "VICTIM+2+3@example.com"].map(mailbox_subject).into();
        assert!(suffixed.iter().all(|subject| subject == &suffixed[0] && *subject != plain), "{suffixed:?}");
        let others = ["victim2@example.com", "victim@example.org", "victim+1@example.org"].map(mailbox_subject);
        assert!(others.iter().all(|subject| *subject != plain && !suffixed.contains(subject)), "{others:?}");
    }
}

use auth::{Access, Caller, Level, UserId};
use store::Rule;

use crate::endpoint::Endpoint;
use crate::input::Input;

/// A minute, in seconds.
pub const MINUTE: u32 = 60;
/// A quarter of an hour, in seconds.
pub const QUARTER: u32 = 15 * MINUTE;
/// An hour, in seconds.
pub const HOUR: u32 = 60 * MINUTE;

/// What a limit counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The caller's address.
    Ip,
    /// The signed-in user.
    User,
    /// What the input names: an account, a session.
    Subject,
    /// What the input names, from one address.
    SubjectAndIp,
    /// What the input names, from all addresses together that are new to it.
    NewAddresses,
}

impl By {
    /// The name of the policy, in keys, headers and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            By::Ip => "ip",
            By::User => "user",
            By::Subject => "subject",
            By::SubjectAndIp => "subject+ip",
            By::NewAddresses => "subject+new-ips",
        }
    }
}

/// At most `burst` calls at one instant and per window: over any interval of `d` seconds, `burst + d*burst/window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What it counts by.
    pub by: By,
    /// How many calls.
    pub burst: u32,
    /// The window, in seconds.
    pub window: u32,
    /// Whether it guards a credential: then no counter means no service. Any other limit lets calls pass and logs it.
    pub fails_closed: bool,
}

impl Limit {
    const fn new(by: By, burst: u32, window: u32) -> Self {
        Self { by, burst, window, fails_closed: false }
    }

    /// Marks a limit that guards a credential: while the counter can't be reached, calls are refused with 503.
    pub const fn fail_closed(self) -> Self {
        Self { fails_closed: true, ..self }
    }

    /// The counter's key. Parts that a client shapes are prefixed with their length, so that no two keys can meet.
    pub fn key(&self, scope: &str, subject: &str, address: &str) -> String {
        let Limit { by, burst, window, .. } = self;
        let (subject, address) = match by {
            By::Ip => ("", address),
            By::User | By::Subject | By::NewAddresses => (subject, ""),
            By::SubjectAndIp => (subject, address),
        };
        let (subject_part, address_part) = (part(subject), part(address));
        format!("{scope}|{}:{burst}/{window}|{subject_part}|{address_part}", by.as_str())
    }

    pub(crate) fn rule(&self) -> Rule {
        Rule { burst: self.burst, window: i64::from(self.window) * 1000 }
    }
}

fn part(text: &str) -> String {
    format!("{}:{text}", text.len())
}

/// Whether a counter's key counts calls from this address, such as `203.0.113.9` or `2001:db8:0:1::/64`.
pub fn counts_address(key: &str, address: &str) -> bool {
    key.ends_with(&format!("|{}", part(address)))
}

/// Whether a counter's key counts calls about this subject, such as a user's id.
pub fn counts_subject(key: &str, subject: &str) -> bool {
    key.contains(&format!("|{}|", part(subject)))
}

/// What an account is called in the counters, whichever of its names was used. Unknown names are not kept in clear.
pub fn account_subject(known: Option<UserId>, name: &str) -> String {
    known.map_or_else(
        || {
            let digest = auth::sha256(name.to_ascii_lowercase().as_bytes());
            digest.iter().fold("unknown:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        },
        |id| id.to_string(),
    )
}

/// What a mailbox is called in the counters. Many providers take `name+anything` for `name`.
pub fn mailbox_subject(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    let name = local.split('+').next().unwrap_or(local);
    account_subject(None, &format!("{name}@{domain}"))
}

/// `burst` calls per `window` seconds and address (IPv6: per /64).
pub const fn per_ip(burst: u32, window: u32) -> Limit {
    Limit::new(By::Ip, burst, window)
}

/// `burst` calls per `window` seconds and signed-in user.
pub const fn per_user(burst: u32, window: u32) -> Limit {
    Limit::new(By::User, burst, window)
}

/// `burst` calls per `window` seconds and [subject](Input::subject) of the input.
pub const fn per_subject(burst: u32, window: u32) -> Limit {
    Limit::new(By::Subject, burst, window)
}

/// `burst` calls per `window` seconds, [subject](Input::subject) of the input, and address.
pub const fn per_subject_and_ip(burst: u32, window: u32) -> Limit {
    Limit::new(By::SubjectAndIp, burst, window)
}

/// `burst` calls per `window` seconds and [subject](Input::subject) of the input, from all addresses together that are
/// [new](Input::knows_address) to it.
pub const fn per_subject_at_new_addresses(burst: u32, window: u32) -> Limit {
    Limit::new(By::NewAddresses, burst, window)
}

/// Refuses, when the endpoint is compiled, limits by something that the endpoint does not know.
pub(crate) const fn check<E: Endpoint>() {
    let public = matches!(<<E::Access as Access>::Proof as Caller>::LEVEL, Level::Public);
    let mut rest = E::LIMITS;
    while let Some((limit, others)) = rest.split_first() {
        assert!(limit.burst > 0 && limit.window > 0, "a limit must admit something");
        match limit.by {
            By::Ip => {}
            By::User => assert!(!public, "a public endpoint knows no user to limit"),
            By::Subject | By::SubjectAndIp | By::NewAddresses => {
                assert!(E::Input::HAS_SUBJECT, "the input names no subject to limit")
            }
        }
        rest = others;
    }
}

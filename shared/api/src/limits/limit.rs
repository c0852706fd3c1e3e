use super::gcra::Rule;
use crate::route::Route;

/// A minute, in seconds.
pub const MINUTE: u32 = 60;
/// A quarter of an hour, in seconds.
pub const QUARTER_HOUR: u32 = 15 * MINUTE;
/// An hour, in seconds.
pub const HOUR: u32 = 60 * MINUTE;

/// The key that a limit counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKey {
    /// The caller's address.
    Ip,
    /// The signed-in user.
    User,
    /// The subject that the input names, such as an account or a session.
    Subject,
    /// The subject, from one address.
    SubjectAndIp,
    /// The subject, from all its new addresses together.
    NewAddresses,
}

impl LimitKey {
    /// The name of the policy, in keys, headers and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            LimitKey::Ip => "ip",
            LimitKey::User => "user",
            LimitKey::Subject => "subject",
            LimitKey::SubjectAndIp => "subject+ip",
            LimitKey::NewAddresses => "subject+new-ips",
        }
    }
}

impl LimitKey {
    /// Whether the key has the caller's address in it.
    pub(crate) const fn has_address(self) -> bool {
        matches!(self, LimitKey::Ip | LimitKey::SubjectAndIp | LimitKey::NewAddresses)
    }
}

/// At most `burst` calls at one instant and per window: over any interval of `d` seconds, `burst + d*burst/window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The key that the limit counts by.
    pub by: LimitKey,
    /// The number of calls.
    pub burst: u32,
    /// The window, in seconds.
    pub window: u32,
    /// Whether the limit guards a credential. While the counter can't be reached, such a limit refuses calls. Other
    /// limits let calls pass and log an event.
    pub fails_closed: bool,
    /// Whether the gateway throttles the endpoint's route more than others, as it does with those that guard a
    /// credential.
    pub throttled: bool,
    /// The endpoint whose counters the limit shares. `None` for counters of the endpoint's own.
    pub shared: Option<Route>,
}

impl Limit {
    const fn new(by: LimitKey, burst: u32, window: u32) -> Self {
        Self { by, burst, window, fails_closed: false, throttled: false, shared: None }
    }

    /// Marks a limit that guards a credential: while the counter can't be reached, calls are refused with 503. Also, the
    /// gateway throttles all calls of the route together.
    pub const fn fail_closed(self) -> Self {
        Self { fails_closed: true, throttled: true, ..self }
    }

    /// Takes the gateway's throttle away from an endpoint whose limit fails closed. Say why.
    pub const fn without_throttle(self) -> Self {
        Self { throttled: false, ..self }
    }

    /// Counts the calls together with the calls of the endpoint at `route`, which must have the same limit.
    pub const fn shared_with(self, route: Route) -> Self {
        Self { shared: Some(route), ..self }
    }

    /// The scope of the limit's counters, at the endpoint at `route`.
    pub(crate) fn scope(&self, route: Route) -> String {
        self.shared.unwrap_or(route).to_string()
    }

    /// The counter's key. Parts from the client are prefixed with their length, so that different parts never give the
    /// same key.
    pub fn key(&self, scope: &str, subject: &str, address: &str) -> String {
        let Limit { by, burst, window, .. } = self;
        let (subject, address) = match by {
            LimitKey::Ip => ("", address),
            LimitKey::User | LimitKey::Subject | LimitKey::NewAddresses => (subject, ""),
            LimitKey::SubjectAndIp => (subject, address),
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

/// `burst` calls per `window` seconds and address (IPv6: per /64).
pub const fn per_ip(burst: u32, window: u32) -> Limit {
    Limit::new(LimitKey::Ip, burst, window)
}

/// `burst` calls per `window` seconds and signed-in user.
pub const fn per_user(burst: u32, window: u32) -> Limit {
    Limit::new(LimitKey::User, burst, window)
}

/// `burst` calls per `window` seconds and [subject](crate::FromRequest::subject) of the input.
pub const fn per_subject(burst: u32, window: u32) -> Limit {
    Limit::new(LimitKey::Subject, burst, window)
}

/// `burst` calls per `window` seconds, [subject](crate::FromRequest::subject) of the input, and address.
pub const fn per_subject_and_ip(burst: u32, window: u32) -> Limit {
    Limit::new(LimitKey::SubjectAndIp, burst, window)
}

/// `burst` calls per `window` seconds and [subject](crate::FromRequest::subject) of the input, from all its
/// [new](crate::FromRequest::knows_address) addresses together.
pub const fn per_subject_at_new_addresses(burst: u32, window: u32) -> Limit {
    Limit::new(LimitKey::NewAddresses, burst, window)
}

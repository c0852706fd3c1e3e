use auth::{Access, Caller, Level};
use store::Rule;

use crate::endpoint::Endpoint;
use crate::input::Input;

/// A minute, in seconds.
pub const MINUTE: u32 = 60;
/// A quarter of an hour, in seconds.
pub const QUARTER: u32 = 15 * MINUTE;

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
}

impl By {
    /// The name of the policy, in keys, headers and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            By::Ip => "ip",
            By::User => "user",
            By::Subject => "subject",
            By::SubjectAndIp => "subject+ip",
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

    pub(crate) fn rule(&self) -> Rule {
        Rule { burst: self.burst, window: i64::from(self.window) * 1000 }
    }
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

/// Refuses, when the endpoint is compiled, limits by something that the endpoint does not know.
pub(crate) const fn check<E: Endpoint>() {
    let public = matches!(<<E::Access as Access>::Proof as Caller>::LEVEL, Level::Public);
    let mut rest = E::LIMITS;
    while let Some((limit, others)) = rest.split_first() {
        assert!(limit.burst > 0 && limit.window > 0, "a limit must admit something");
        match limit.by {
            By::Ip => {}
            By::User => assert!(!public, "a public endpoint knows no user to limit"),
            By::Subject | By::SubjectAndIp => assert!(E::Input::HAS_SUBJECT, "the input names no subject to limit"),
        }
        rest = others;
    }
}

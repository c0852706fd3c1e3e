//! The events and metrics of identity.

use api::Metric;

/// The events of identity. `docs/events.md` has a row for each event.
pub const EVENTS: &[&str] = &[
    "address_not_remembered",
    "code_refused",
    "email_freed",
    "email_verified",
    "erasure_began",
    "factor_added",
    "factor_removed",
    "invitation_created",
    "invitation_withdrawn",
    "key_not_published",
    "key_published",
    "key_revoked",
    "key_rotated",
    "mail_refused",
    "mail_sent",
    "mail_token_refused",
    "mail_withheld",
    "notice_not_queued",
    "passkey_cloned",
    "password_changed",
    "password_refused",
    "profile_changed",
    "reauthenticated",
    "recovery_codes_renewed",
    "refresh_reused",
    "roles_changed",
    "rotation_not_audited",
    "sealing_key_added",
    "second_factor_asked",
    "seed_unreadable",
    "session_not_discarded",
    "session_not_kept",
    "session_revoked",
    "sign_in_failed",
    "sign_in_succeeded",
    "user_created",
    "user_erased",
];

/// The metrics of identity.
pub const METRICS: &[Metric] = &[
    Metric::counting("SignInFailures", |line| line.is("sign_in_failed")),
    Metric::counting("CodesRefused", |line| line.is("code_refused")),
    Metric::counting("RefreshReuse", |line| line.is("refresh_reused")),
    Metric::counting("SeedUnreadable", |line| line.is("seed_unreadable")),
    Metric::counting("MailsRefused", |line| line.is("mail_refused")),
    Metric::counting("NoticesNotQueued", |line| line.is("notice_not_queued")),
];

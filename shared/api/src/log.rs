//! One JSON line per request and per security event; `docs/events.md` has them all.

use std::path::Path;

use auth::UserId;
use json_subscriber::JsonLayer;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::address::ClientAddress;
use crate::error::{Error, Result};
use crate::metrics;
use crate::refusal::refusal;

/// Sends events as JSON lines to `writer`: in Lambda standard output, from where CloudWatch takes them. With a
/// `namespace`, metrics ride in the lines.
pub fn start_log<W>(writer: W, namespace: Option<String>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut lines = JsonLayer::new(writer);
    lines.with_timer("timestamp", SystemTime);
    lines.with_level("level");
    lines.with_top_level_flattened_current_span();
    lines.with_flattened_event();
    if let Some(namespace) = namespace {
        lines.add_multiple_dynamic_fields(move |event, _, line| metrics::write(&namespace, event, line));
    }
    // A second subscriber in one process, as in tests, is not worth failing for.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter_fn(is_written))).try_init();
}

/// Events and their spans. What libraries say is left out, for nobody here knows what is in it.
fn is_written(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.is_span() || metadata.fields().field("event").is_some();
    ours && *metadata.level() <= Level::INFO
}

/// Logs where a panic was, in place of what it says: that may be anything, a password included.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(event = "panic", location);
    }));
}

/// The event of a refused or failed request; gives the reason for its request line. When only its input is wrong, that
/// line alone says so, with the code.
pub(crate) fn log_failure(error: &Error, address: ClientAddress, user: Option<UserId>) -> &'static str {
    let (status, code) = error.face();
    let Some((event, reason)) = refusal(error) else { return code };
    let user = user.map(|id| id.to_string());
    if status.is_server_error() {
        tracing::error!(event, reason, code, cause = %error, %address, user);
        return reason;
    }
    let retry_after = match error {
        Error::RateLimited { retry_after, .. } => Some(retry_after),
        _ => None,
    };
    tracing::warn!(event, reason, code, retry_after, %address, user);
    reason
}

/// The event of a job that is done, or that failed and comes again.
pub(crate) fn log_job(job: &str, done: &Result<()>) {
    match done {
        Ok(()) => tracing::info!(event = "job", job, status = "ok"),
        Err(cause) => {
            let reason = refusal(cause).map(|(_, reason)| reason);
            tracing::error!(event = "job", job, status = "failed", reason, %cause);
        }
    }
}

/// The event of what should be a job and is none. What JSON's own error says is left out, for it quotes: there are emails
/// in jobs.
pub(crate) fn log_unreadable_job(error: &serde_json::Error, file: Option<&Path>) {
    let (file, cause) = (file.map(|file| file.display().to_string()), where_it_is(error));
    tracing::error!(event = "job", status = "unreadable", file, cause);
}

/// What is wrong with JSON, and where, without a word of it.
pub(crate) fn where_it_is(error: &serde_json::Error) -> String {
    format!("{:?} error in line {}, column {}", error.classify(), error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_leaves_its_place_in_the_log_and_not_a_word() {
        let lines = Lines::default();
        let writer = lines.clone();
        start_log(move || writer.clone(), None);
        log_panics();
        let secret = "correct-horse";
        let caught = std::panic::catch_unwind(|| panic!("{secret}"));
        let _ = std::panic::take_hook();
        assert!(caught.is_err());
        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(log.contains(r#""event":"panic""#) && log.contains("log.rs:"), "{log}");
        assert!(!log.contains(secret), "{log}");
    }

    #[test]
    fn what_is_no_job_is_not_quoted() {
        let error = serde_json::from_str::<u8>(r#""ada@example.com""#).unwrap_err();
        assert!(error.to_string().contains("ada@"), "{error}");
        assert_eq!(where_it_is(&error), "Data error in line 1, column 17");
    }
}

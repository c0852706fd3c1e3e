use json_subscriber::JsonLayer;
use tracing::{Level, Metadata};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::metrics::{self, Metric};

/// Writes events as JSON lines to `writer`. In Lambda, that is standard output, which CloudWatch reads. With a
/// `namespace`, `metrics` are written into the lines.
pub fn start_log<W>(writer: W, namespace: Option<String>, metrics: impl IntoIterator<Item = &'static Metric>)
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let mut lines = JsonLayer::new(writer);
    lines.with_timer("timestamp", SystemTime);
    lines.with_level("level");
    lines.with_top_level_flattened_current_span();
    lines.with_flattened_event();
    let metrics: Vec<&Metric> = metrics.into_iter().collect();
    if let Some(namespace) = namespace {
        lines.add_multiple_dynamic_fields(move |event, _, line| metrics::write((&namespace, &metrics), event, line));
    }
    // A second subscriber in one process, as in tests, is not an error.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter_fn(is_written))).try_init();
}

/// Keeps events and their spans. Lines of libraries are left out, because they could contain secrets.
fn is_written(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.is_span() || metadata.fields().field("event").is_some();
    ours && *metadata.level() <= Level::INFO
}

/// Logs the place of a panic, not its message, which could contain a password.
pub(crate) fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string);
        tracing::error!(event = "panic", location);
    }));
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
    fn a_panic_leaves_its_place_in_the_log_and_no_word() {
        let lines = Lines::default();
        let writer = lines.clone();
        start_log(move || writer.clone(), None, []);
        log_panics();
        let secret = "correct-horse";
        let caught = std::panic::catch_unwind(|| panic!("{secret}"));
        let _ = std::panic::take_hook();
        assert!(caught.is_err());
        let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(log.contains(r#""event":"panic""#) && log.contains("log.rs:"), "{log}");
        assert!(!log.contains(secret), "{log}");
    }
}

//! The log on standard error: as text, or as the JSON that functions write.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use clap::ValueEnum;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::line::{LogEvent, RequestLine};

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
// Doc comments on variants would appear in the help, and make the help of all options long.
#[allow(missing_docs)]
pub enum Log {
    Text,
    Json,
}

impl Log {
    /// Starts the log in the wanted form. The default is text in a terminal, and JSON otherwise. For the text log, the
    /// caller adds the returned [`RequestLog`] to the router.
    pub fn start(wanted: Option<Self>) -> Option<RequestLog> {
        let terminal = std::io::stderr().is_terminal();
        match wanted.unwrap_or(if terminal { Log::Text } else { Log::Json }) {
            Log::Json => {
                api::start_log(std::io::stderr, None, catalogue::METRICS.iter().copied().flatten());
                None
            }
            Log::Text => {
                let log = RequestLog { colour: terminal && allows_colour(std::env::var_os("NO_COLOR").as_deref()) };
                // A second log in one process is not worth an error.
                let _ = tracing_subscriber::registry().with(log).try_init();
                Some(log)
            }
        }
    }
}

/// Whether the environment allows colour: see <https://no-color.org>.
fn allows_colour(no_color: Option<&OsStr>) -> bool {
    no_color.is_none_or(OsStr::is_empty)
}

tokio::task_local! {
    /// Events of the request that this task handles.
    static SAID: Waiting;
}

/// Events that wait for the line of their request.
struct Waiting {
    events: RefCell<Vec<LogEvent>>,
    colour: bool,
}

impl Drop for Waiting {
    /// Without a response, because the client hung up, a request has no line. Its events are still written.
    fn drop(&mut self) {
        self.events.take().iter().for_each(|event| write(&event.line(self.colour)));
    }
}

/// Writes the text log.
#[derive(Clone, Copy, Debug)]
pub struct RequestLog {
    colour: bool,
}

impl RequestLog {
    /// Adds a line for each request, including requests to which the gateway itself responds.
    pub fn layer(self, router: Router) -> Router {
        let handle = move |request, next| {
            let waiting = Waiting { events: RefCell::default(), colour: self.colour };
            SAID.scope(waiting, self.handle(request, next))
        };
        router.layer(from_fn(handle))
    }

    async fn handle(self, request: Request, next: Next) -> Response {
        let started = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = next.run(request).await;
        let said = SAID.with(|waiting| waiting.events.take());
        let (status, took) = (response.status(), started.elapsed());
        write(&RequestLine { method: &method, path: &path, status, took, said: &said }.lines(self.colour));
        response
    }
}

impl<S: Subscriber> Layer<S> for RequestLog {
    /// Leaves out events of libraries, like the JSON log.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.fields().field("event").is_some() && *metadata.level() <= Level::INFO
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Some(LogEvent::new(event)).filter(LogEvent::is_news);
        // Events of a request wait for its line.
        let _ = SAID.try_with(|waiting| waiting.events.borrow_mut().extend(said.take()));
        if let Some(said) = said {
            write(&said.line(self.colour));
        }
    }
}

fn write(lines: &str) {
    // The reader may be gone, which is no reason to stop.
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_libraries_are_left_out() {
        let subscriber = tracing_subscriber::registry().with(RequestLog { colour: false });
        tracing::subscriber::with_default(subscriber, || {
            assert!(tracing::event_enabled!(Level::INFO, event));
            assert!(!tracing::event_enabled!(Level::DEBUG, event));
            assert!(!tracing::event_enabled!(Level::ERROR, message));
        });
    }
}

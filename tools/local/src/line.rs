//! The lines of the text log: status, time, user, method, path and reason. Parts of varying length come last, so that
//! the columns stay aligned.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write as _};
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use http::{Method, StatusCode};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};
use uuid::Uuid;

/// Fields that are printed elsewhere or add nothing: `address` is always this machine's, and the status implies `code`.
const NOT_REPEATED: [&str; 6] = ["address", "cause", "code", "event", "reason", "user"];

/// An event of the log.
pub(crate) struct LogEvent {
    level: Level,
    fields: BTreeMap<&'static str, String>,
}

impl LogEvent {
    pub(crate) fn new(event: &Event<'_>) -> Self {
        let mut said = Self { level: *event.metadata().level(), fields: BTreeMap::new() };
        event.record(&mut said);
        said
    }

    fn get(&self, name: &str) -> &str {
        self.fields.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether this is the event that every request writes once.
    fn is_request(&self) -> bool {
        self.get("event") == "request"
    }

    /// Whether the event adds anything. A finished job does not: it has already written its other events.
    pub(crate) fn is_news(&self) -> bool {
        self.get("status") != "ok"
    }

    /// Whether the event has the reason of a refused or failed request.
    fn is_error(&self) -> bool {
        self.fields.contains_key("code")
    }

    /// The text of the event without its user. The cause comes last, because it may be long.
    fn what(&self) -> String {
        let first = ["event", "reason"].iter().filter_map(|name| self.fields.get(name).cloned());
        let rest = self.fields.iter().filter(|(name, _)| !NOT_REPEATED.contains(name));
        let rest = rest.map(|(name, value)| format!("{name}={}", short(value)));
        let what = first.chain(rest).collect::<Vec<_>>().join(" ");
        self.fields.get("cause").map_or(what.clone(), |cause| format!("{what}: {cause}"))
    }

    /// The line of an event that is not a request.
    pub(crate) fn line(&self, colour: bool) -> String {
        let style = match self.level {
            Level::ERROR => AnsiColor::Red.on_default(),
            Level::WARN => AnsiColor::Yellow.on_default(),
            _ => Style::new().dimmed(),
        };
        let (who, what) = (short(self.get("user")), plain(&self.what()));
        let line = format!("{:14}{who:<8}  {:7} {what}", "", "");
        format!("{}\n", styled(style, colour, &line))
    }
}

impl Visit for LogEvent {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

/// A request with its response.
pub(crate) struct RequestLine<'a> {
    pub(crate) method: &'a Method,
    /// The path as the client sent it, without the query, which may contain secrets.
    pub(crate) path: &'a str,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    /// The events of the request. Empty if the gateway responded without a function.
    pub(crate) said: &'a [LogEvent],
}

impl RequestLine<'_> {
    /// The line of the request, and below it one line for each other event.
    pub(crate) fn lines(&self, colour: bool) -> String {
        let status = styled(class(self.status), colour, self.status.as_str());
        let who = match self.request().map_or("", |request| request.get("user")) {
            "" => "-".to_owned(),
            user => short(user),
        };
        let (ms, method, path) = (self.took.as_millis(), self.method.as_str(), plain(self.path));
        let mut lines = format!("{status} {ms:>5} ms  {who:<8}  {method:>7} {path}");
        let why = plain(&self.why());
        if !why.is_empty() {
            // Writing to a string can't fail.
            let _ = write!(lines, "  {}", styled(class(self.status), colour, &why));
        }
        lines.push('\n');
        let others = self.said.iter().filter(|said| !said.is_request() && !said.is_error());
        lines.extend(others.map(|other| other.line(colour)));
        lines
    }

    fn request(&self) -> Option<&LogEvent> {
        self.said.iter().find(|said| said.is_request())
    }

    fn why(&self) -> String {
        match (self.said.iter().find(|said| said.is_error()), self.request().map(|request| request.get("reason"))) {
            (Some(error), _) => error.what(),
            (None, Some("ok")) => String::new(),
            (None, Some(reason)) => reason.to_owned(),
            (None, None) => format!("gateway: {}", self.status.canonical_reason().unwrap_or_default()),
        }
    }
}

fn class(status: StatusCode) -> Style {
    let colour = match status.as_u16() {
        ..300 => AnsiColor::Green,
        300..400 => AnsiColor::Cyan,
        400..500 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    colour.on_default()
}

fn styled(style: Style, colour: bool, text: &str) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// Shortens ids to their last eight digits, which are random. The first digits are a time.
fn short(value: &str) -> String {
    Uuid::parse_str(value).map_or_else(|_| plain(value), |id| format!("{:08x}", id.as_u128() as u32))
}

/// Escapes everything but visible ASCII, so that clients can't forge lines or control the terminal.
fn plain(text: &str) -> String {
    let visible = |letter: char| letter == ' ' || letter.is_ascii_graphic();
    let plain = |letter: char| if visible(letter) { letter.to_string() } else { letter.escape_default().to_string() };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(level: Level, fields: &[(&'static str, &str)]) -> LogEvent {
        LogEvent { level, fields: fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
    }

    fn lines(status: u16, said: &[LogEvent], colour: bool) -> String {
        let (method, status) = (&Method::GET, StatusCode::from_u16(status).unwrap());
        RequestLine { method, path: "/v1/health", status, took: Duration::from_millis(12), said }.lines(colour)
    }

    #[test]
    fn a_failure_shows_its_cause_and_all_in_one_line() {
        let cause = ("cause", "no route to \u{1b}[2Jhost\n200");
        let failed = said(Level::ERROR, &[("event", "failed"), ("reason", "internal"), ("code", "internal"), cause]);
        let request = said(Level::INFO, &[("event", "request"), ("reason", "internal"), ("status", "500")]);
        let line = r"500    12 ms  -             GET /v1/health  failed internal: no route to \u{1b}[2Jhost\n200";
        assert_eq!(lines(500, &[failed, request], false), format!("{line}\n"));
    }

    #[test]
    fn statuses_are_coloured_by_class() {
        for (status, colour) in [(200, 32), (204, 32), (307, 36), (404, 33), (500, 31), (503, 31)] {
            let start = format!("\u{1b}[{colour}m{status}\u{1b}[0m ");
            assert!(lines(status, &[], true).starts_with(&start), "{status}");
        }
    }

    #[test]
    fn other_events_stand_below_their_request_in_the_same_columns() {
        let user = ("user", "019b76da-a800-7e77-9dc1-9cb9b87dc9b0");
        let mails = said(Level::WARN, &[("event", "mail_withheld"), ("reason", "limit"), user]);
        let request = said(Level::INFO, &[("event", "request"), ("reason", "ok"), user]);
        let expected =
            "200    12 ms  b87dc9b0      GET /v1/health\n              b87dc9b0          mail_withheld limit\n";
        assert_eq!(lines(200, &[mails, request], false), expected);
    }
}

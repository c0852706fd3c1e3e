//! Metrics are written into the lines of events, in CloudWatch's embedded metric format.

use std::fmt::Debug;

use jiff::Timestamp;
use json_subscriber::FieldWriter;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

/// A metric in the lines of events: in total, and for each value of a field.
#[derive(Clone, Copy)]
pub struct Metric {
    /// The metric's name.
    pub name: &'static str,
    /// CloudWatch's name of the unit.
    pub unit: &'static str,
    /// The field that the metric is split by.
    pub by: Option<&'static str>,
    value: fn(&LogLine) -> Option<i64>,
    counts: fn(&LogLine) -> bool,
}

/// The metrics of the framework. A domain declares its own. Alarms in template.yaml watch some of them.
pub const FRAMEWORK_METRICS: &[Metric] = &[
    Metric { by: Some("route"), unit: "Milliseconds", ..Metric::new("Latency", |line| line.duration_ms) },
    Metric::new("ColdStarts", |line| line.cold_start.then_some(1)),
    Metric::counting("ServerErrors", |line| line.is("request") && line.status >= 500),
    Metric { by: Some("reason"), ..Metric::counting("Refusals", |line| line.is_client_error) },
    Metric::counting("RateLimited", |line| line.is("rate_limited")),
    Metric::counting("LimiterFailedOpen", |line| line.is("limiter_failed_open")),
    Metric::counting("DatabaseThrottles", |line| !line.is("request") && line.reason == "database_throttled"),
];

/// The fields of a line that metrics read.
#[derive(Default)]
pub struct LogLine {
    event: String,
    reason: String,
    status: u64,
    duration_ms: Option<i64>,
    cold_start: bool,
    is_client_error: bool,
    has_code: bool,
}

impl LogLine {
    /// Whether the line belongs to this event.
    pub fn is(&self, event: &str) -> bool {
        self.event == event
    }
}

impl Visit for LogLine {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => self.event = value.to_owned(),
            "reason" => self.reason = value.to_owned(),
            "code" => self.has_code = true,
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = value;
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "duration_ms" {
            self.duration_ms = Some(value);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.cold_start |= field.name() == "cold_start" && value;
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

/// Adds the metrics of `event` to the event's line:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(crate) fn write((namespace, metrics): (&str, &[&Metric]), event: &Event<'_>, line: &mut FieldWriter<'_>) {
    let mut fields = LogLine::default();
    event.record(&mut fields);
    // A refusal is a warning about a request, with the code of its problem.
    fields.is_client_error = fields.has_code && *event.metadata().level() == Level::WARN;
    let values = metrics.iter().filter_map(|metric| Some((metric, metric.of(&fields)?)));
    let mut directives = Vec::new();
    for (metric, value) in values {
        // A failed write leaves out this field only.
        let _ = line.write_field(metric.name, value);
        directives.push(metric.directive(namespace));
    }
    if !directives.is_empty() {
        let now = Timestamp::now().as_millisecond();
        let _ = line.write_field("_aws", json!({ "Timestamp": now, "CloudWatchMetrics": directives }));
    }
}

impl Metric {
    const fn new(name: &'static str, value: fn(&LogLine) -> Option<i64>) -> Self {
        Self { name, unit: "Count", by: None, value, counts: |_| false }
    }

    /// A metric that counts the lines that `counts` picks.
    pub const fn counting(name: &'static str, counts: fn(&LogLine) -> bool) -> Self {
        Self { counts, ..Self::new(name, |_| None) }
    }

    fn of(&self, line: &LogLine) -> Option<i64> {
        (self.value)(line).or_else(|| (self.counts)(line).then_some(1))
    }

    fn directive(&self, namespace: &str) -> Value {
        let dimensions = std::iter::once(json!([])).chain(self.by.map(|by| json!([by])));
        json!({
            "Namespace": namespace,
            "Dimensions": dimensions.collect::<Vec<_>>(),
            "Metrics": [{ "Name": self.name, "Unit": self.unit }],
        })
    }
}

//! Metrics ride in the lines of events, in CloudWatch's embedded metric format.

use std::fmt::Debug;

use jiff::Timestamp;
use json_subscriber::FieldWriter;
use serde_json::{Value, json};
use tracing::Event;
use tracing::field::{Field, Visit};

use crate::refusal::REFUSALS;

/// A metric that events carry: once alone, and once per value of a member of the line.
#[derive(Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// CloudWatch's name of its unit.
    pub unit: &'static str,
    /// The member of the line that it is split by.
    pub by: Option<&'static str>,
    value: fn(&Line) -> Option<i64>,
}

/// All metrics. Alarms in template.yaml watch some of them; a test holds the two together.
pub const METRICS: &[Metric] = &[
    Metric { by: Some("route"), unit: "Milliseconds", ..count("Latency", |line| line.duration_ms) },
    count("ColdStarts", |line| line.cold_start.then_some(1)),
    count("ServerErrors", |line| (line.is("request") && line.status >= 500).then_some(1)),
    Metric { by: Some("reason"), ..count("Refusals", |line| line.is_refusal().then_some(1)) },
    count("SignInFailures", |line| line.is("sign_in_failed").then_some(1)),
    count("RateLimited", |line| line.is("rate_limited").then_some(1)),
    count("RefreshReuse", |line| line.is("refresh_reused").then_some(1)),
    count("LimiterFailedOpen", |line| line.is("limiter_failed_open").then_some(1)),
    count("DatabaseThrottles", |line| (!line.is("request") && line.reason == "database_throttled").then_some(1)),
];

const fn count(name: &'static str, value: fn(&Line) -> Option<i64>) -> Metric {
    Metric { name, unit: "Count", by: None, value }
}

/// What metrics are made of.
#[derive(Default)]
struct Line {
    event: String,
    reason: String,
    status: u64,
    duration_ms: Option<i64>,
    cold_start: bool,
}

impl Line {
    fn is(&self, event: &str) -> bool {
        self.event == event
    }

    fn is_refusal(&self) -> bool {
        REFUSALS.contains(&self.event.as_str())
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => self.event = value.to_owned(),
            "reason" => self.reason = value.to_owned(),
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

/// Adds the metrics of `event` to its line: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(crate) fn write(namespace: &str, event: &Event<'_>, line: &mut FieldWriter<'_>) {
    let mut fields = Line::default();
    event.record(&mut fields);
    let values = METRICS.iter().filter_map(|metric| Some((metric, (metric.value)(&fields)?)));
    let mut directives = Vec::new();
    for (metric, value) in values {
        // What can't be written is left out of a line whose other members are there.
        let _ = line.write_field(metric.name, value);
        directives.push(metric.directive(namespace));
    }
    if !directives.is_empty() {
        let now = Timestamp::now().as_millisecond();
        let _ = line.write_field("_aws", json!({ "Timestamp": now, "CloudWatchMetrics": directives }));
    }
}

impl Metric {
    fn directive(&self, namespace: &str) -> Value {
        let dimensions = std::iter::once(json!([])).chain(self.by.map(|by| json!([by])));
        json!({
            "Namespace": namespace,
            "Dimensions": dimensions.collect::<Vec<_>>(),
            "Metrics": [{ "Name": self.name, "Unit": self.unit }],
        })
    }
}

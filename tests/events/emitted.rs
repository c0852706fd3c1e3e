//! The metrics in a request's log lines, in CloudWatch's embedded metric format.

use catalogue::METRICS;
use serde_json::{Value, json};

/// The name and value of every metric in these lines, sorted. Panics if CloudWatch would not accept a metric.
#[track_caller]
pub fn metrics(lines: &[Value]) -> Vec<(String, i64)> {
    let mut found: Vec<_> = lines.iter().flat_map(in_line).collect();
    found.sort();
    found
}

/// The metrics that count something, so neither latencies nor cold starts, which any request may have.
#[track_caller]
pub fn counts(lines: &[Value]) -> Vec<(String, i64)> {
    metrics(lines).into_iter().filter(|(name, _)| name != "Latency" && name != "ColdStarts").collect()
}

#[track_caller]
fn in_line(line: &Value) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
        let [metric] = &directive["Metrics"].as_array().unwrap()[..] else { panic!("{directive}") };
        let name = metric["Name"].as_str().unwrap();
        let known = METRICS
            .iter()
            .copied()
            .flatten()
            .find(|known| known.name == name)
            .unwrap_or_else(|| panic!("no metric {name}"));
        let dimensions = known.by.map_or(json!([[]]), |by| json!([[], [by]]));
        assert_eq!(directive["Namespace"], "Tests", "{line:#}");
        assert_eq!((&metric["Unit"], &directive["Dimensions"]), (&json!(known.unit), &dimensions), "{line:#}");
        if let Some(by) = known.by {
            assert!(line[by].as_str().is_some_and(|value| !value.is_empty()), "{by} is no text: {line:#}");
        }
        let value = line[name].as_i64().unwrap_or_else(|| panic!("{name} has no value: {line:#}"));
        found.push((name.to_owned(), value));
    }
    // CloudWatch ignores values without a directive, and directives without a timestamp.
    let values = METRICS.iter().copied().flatten().filter(|metric| !line[metric.name].is_null()).count();
    assert_eq!(values, found.len(), "{line:#}");
    assert_eq!(!found.is_empty(), line["_aws"]["Timestamp"].as_i64().is_some_and(|at| at > 0), "{line:#}");
    found
}

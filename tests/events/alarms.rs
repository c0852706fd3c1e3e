//! The alarms and the dashboard of template.yaml use only metrics that the functions or AWS write.

use std::collections::BTreeSet;

use catalogue::METRICS;
use local::Template;
use serde_json::Value;
use tests::repository;

const NAMESPACE: &str = "SecureEndpoints/${AWS::StackName}";

/// AWS's own metrics that alarms watch: namespace, name and dimensions, from AWS's documentation. CloudWatch accepts an
/// alarm on a metric that does not exist, and the alarm never rings. Lambda's metric without dimensions counts all
/// functions.
const WATCHED_AT_AWS: [(&str, &str, &[&str]); 4] = [
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/Lambda", "Errors", &["FunctionName"]),
    ("AWS/Lambda", "Throttles", &[]),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &["QueueName"]),
];

/// AWS's own metrics that graphs show.
const SHOWN_OF_AWS: [(&str, &str, &[&str]); 4] = [
    ("AWS/ApiGateway", "4xx", &["ApiId"]),
    ("AWS/ApiGateway", "5xx", &["ApiId"]),
    ("AWS/ApiGateway", "Count", &["ApiId"]),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &["QueueName"]),
];

/// Namespace, name, and the names of the dimensions.
type Metric = (String, String, Vec<String>);

fn metrics(known: &[(&str, &str, &[&str])]) -> BTreeSet<Metric> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    known.iter().map(|(namespace, name, by)| ((*namespace).to_owned(), (*name).to_owned(), owned(by))).collect()
}

/// The properties of all resources of a type, by their ids.
fn properties(source: &Value, kind: &str) -> Vec<(String, Value)> {
    let resources = repository::resources(source, kind).into_iter();
    resources.map(|(id, resource)| (id, resource["Properties"].clone())).collect()
}

/// Metrics that metric filters make from log lines, in our namespace and without dimensions.
fn filtered(source: &Value) -> BTreeSet<String> {
    let filters = properties(source, "AWS::Logs::MetricFilter").into_iter();
    let made = filters.flat_map(|(_, filter)| filter["MetricTransformations"].as_array().unwrap().clone());
    let ours = made.filter(|metric| metric["MetricNamespace"] == NAMESPACE && metric["Dimensions"].is_null());
    ours.map(|metric| metric["MetricName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn functions_write_metrics_to_the_namespace_that_alarms_watch() {
    let source = Template::source().unwrap();
    assert_eq!(source["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"], NAMESPACE);
}

#[test]
fn every_alarm_watches_a_metric_that_there_is() {
    let source = Template::source().unwrap();
    let filtered = filtered(&source);
    let (mut ours, mut at_aws) = (BTreeSet::new(), BTreeSet::new());
    for (id, alarm) in properties(&source, "AWS::CloudWatch::Alarm") {
        // An alarm without a namespace would escape the checks below.
        let namespace = alarm["Namespace"].as_str().unwrap_or_else(|| panic!("{id} has no Namespace"));
        let name = alarm["MetricName"].as_str().unwrap_or_else(|| panic!("{id} has no MetricName"));
        if namespace.starts_with("AWS/") {
            let by = alarm["Dimensions"].as_array().into_iter().flatten();
            let by = by.map(|dimension| dimension["Name"].as_str().unwrap().to_owned());
            at_aws.insert((namespace.to_owned(), name.to_owned(), by.collect()));
            continue;
        }
        assert_eq!(namespace, NAMESPACE, "{id}");
        let written = METRICS.iter().copied().flatten().any(|metric| metric.name == name) || filtered.contains(name);
        assert!(written, "{id}: nothing writes {name}");
        assert!(alarm["Dimensions"].is_null(), "{id}: only the metric without dimensions counts all");
        ours.insert(name.to_owned());
    }
    assert!(ours.len() >= 6, "the alarms were not found: {ours:?}");
    assert_eq!(at_aws, metrics(&WATCHED_AT_AWS));
}

#[test]
fn metric_filters_name_fields_of_the_access_log() {
    let source = Template::source().unwrap();
    let format = source["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"].as_str().unwrap();
    let logged: Value = serde_json::from_str(format).unwrap();
    for (id, filter) in properties(&source, "AWS::Logs::MetricFilter") {
        assert_eq!(filter["LogGroupName"], "AccessLogs", "{id}");
        let pattern = filter["FilterPattern"].as_str().unwrap();
        let fields: Vec<_> = pattern.split("$.").skip(1).map(|rest| rest.split(' ').next().unwrap()).collect();
        assert!(!fields.is_empty(), "{id} takes every line");
        for field in fields {
            assert!(logged[field].is_string(), "{id}: no line has {field}");
        }
    }
}

/// The text of the dashboard.
fn dashboard(source: &Value) -> String {
    let [(_, dashboard)] = &properties(source, "AWS::CloudWatch::Dashboard")[..] else { panic!("not one dashboard") };
    assert_eq!(dashboard["DashboardBody"][1]["Namespace"], NAMESPACE);
    dashboard["DashboardBody"][0].as_str().unwrap().to_owned()
}

#[test]
fn every_graph_of_our_metrics_shows_one_that_there_is() {
    let source = Template::source().unwrap();
    let (body, filtered) = (dashboard(&source), filtered(&source));
    let by_functions = |name: &str, by: Option<&str>| {
        METRICS.iter().copied().flatten().any(|metric| metric.name == name && (by.is_none() || metric.by == by))
    };
    let (mut graphs, mut searches) = (0, 0);
    for place in body.split(r#"["${Namespace}", ""#).skip(1) {
        let name = place.split('"').next().unwrap();
        assert!(by_functions(name, None) || filtered.contains(name), "nothing writes {name}");
        graphs += 1;
    }
    for place in body.split(r#"{\"${Namespace}\","#).skip(1) {
        let (by, rest) = place.split_once('}').unwrap();
        let name = rest.split('"').nth(1).unwrap().trim_end_matches('\\');
        assert!(by_functions(name, Some(by)), "nothing writes {name} by {by}");
        searches += 1;
    }
    assert_eq!(body.matches("${Namespace}").count(), graphs + searches, "some were not found");
    assert!(graphs > 0 && searches > 0);
}

#[test]
fn graphs_of_metrics_of_aws_show_ones_that_there_are() {
    let body: Value = serde_json::from_str(&dashboard(&Template::source().unwrap())).unwrap();
    let widgets = body["widgets"].as_array().unwrap().iter();
    let graphs = widgets.flat_map(|widget| widget["properties"]["metrics"].as_array().into_iter().flatten());
    let graphs = graphs.map(|graph| graph.as_array().unwrap().iter().filter_map(Value::as_str).collect::<Vec<_>>());
    let shown = graphs.filter_map(|graph| match graph.as_slice() {
        // Names and values of dimensions alternate.
        [namespace, name, by @ ..] if *namespace != "${Namespace}" => {
            let by = by.iter().step_by(2).map(|name| (*name).to_owned()).collect();
            Some(((*namespace).to_owned(), (*name).to_owned(), by))
        }
        _ => None,
    });
    assert_eq!(shown.collect::<BTreeSet<_>>(), metrics(&SHOWN_OF_AWS));
}

#[test]
fn the_dashboard_shows_every_alarm() {
    let source = Template::source().unwrap();
    let body: Value = serde_json::from_str(&dashboard(&source)).unwrap();
    let widgets = body["widgets"].as_array().unwrap().iter();
    let shown = widgets.flat_map(|widget| widget["properties"]["alarms"].as_array().into_iter().flatten());
    let shown: BTreeSet<_> = shown.map(|arn| arn.as_str().unwrap().to_owned()).collect();
    let alarms = properties(&source, "AWS::CloudWatch::Alarm").into_iter();
    assert_eq!(shown, alarms.map(|(id, _)| format!("${{{id}.Arn}}")).collect());
}

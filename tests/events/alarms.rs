//! The metrics that template.yaml's alarms and dashboard show are those that the functions write.

use std::collections::BTreeSet;

use api::METRICS;
use local::Template;
use serde_json::Value;

const NAMESPACE: &str = "SecureEndpoints/${AWS::StackName}";

/// Properties of all resources of a type, by their ids.
fn resources(source: &Value, kind: &str) -> Vec<(String, Value)> {
    let all = source["Resources"].as_object().unwrap().iter().filter(|(_, resource)| resource["Type"] == kind);
    all.map(|(id, resource)| (id.clone(), resource["Properties"].clone())).collect()
}

#[test]
fn functions_write_metrics_to_the_namespace_that_alarms_watch() {
    let source = Template::source().unwrap();
    assert_eq!(source["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"], NAMESPACE);
}

#[test]
fn every_alarm_on_our_metrics_watches_one_that_there_is() {
    let mut watched = BTreeSet::new();
    for (id, alarm) in resources(&Template::source().unwrap(), "AWS::CloudWatch::Alarm") {
        // What AWS itself measures is in namespaces of its own; an alarm without any would escape this test.
        let namespace = alarm["Namespace"].as_str().unwrap_or_else(|| panic!("{id} has no Namespace"));
        if namespace.starts_with("AWS/") {
            continue;
        }
        let name = alarm["MetricName"].as_str().unwrap_or_else(|| panic!("{id} has no MetricName"));
        assert_eq!(namespace, NAMESPACE, "{id}");
        assert!(METRICS.iter().any(|metric| metric.name == name), "{id}: nothing writes {name}");
        assert!(alarm["Dimensions"].is_null(), "{id}: it is the metric without dimensions that counts all");
        watched.insert(name.to_owned());
    }
    assert!(watched.len() >= 6, "the alarms were not found: {watched:?}");
}

#[test]
fn every_graph_of_our_metrics_shows_one_that_there_is() {
    let source = Template::source().unwrap();
    let [(_, dashboard)] = &resources(&source, "AWS::CloudWatch::Dashboard")[..] else { panic!("not one dashboard") };
    let body = dashboard["DashboardBody"][0].as_str().unwrap();
    assert_eq!(dashboard["DashboardBody"][1]["Namespace"], NAMESPACE);
    let known = |name: &str, by: Option<&str>| METRICS.iter().any(|m| m.name == name && (by.is_none() || m.by == by));
    let (mut graphs, mut searches) = (0, 0);
    for place in body.split(r#"["${Namespace}", ""#).skip(1) {
        let name = place.split('"').next().unwrap();
        assert!(known(name, None), "nothing writes {name}");
        graphs += 1;
    }
    for place in body.split(r#"{\"${Namespace}\","#).skip(1) {
        let (by, rest) = place.split_once('}').unwrap();
        let name = rest.split('"').nth(1).unwrap().trim_end_matches('\\');
        assert!(known(name, Some(by)), "nothing writes {name} by {by}");
        searches += 1;
    }
    assert_eq!(body.matches("${Namespace}").count(), graphs + searches, "some were not found");
    assert!(graphs > 0 && searches > 0);
}

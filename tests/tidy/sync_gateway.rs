//! The throttles and the methods of CORS in template.yaml, which `cargo project sync` writes.

use std::collections::BTreeSet;

use ::sync::Grants;
use api::Entry;
use catalogue::CATALOGUE;
use serde_json::Value;
use tests::repository::{read, root};

use crate::sync::{assert_same, resources, synced};

/// The settings of the HTTP API in template.yaml.
fn http_api(template: &str) -> Value {
    resources(template)["HttpApi"]["Properties"].clone()
}

/// The entry of a route in RouteSettings.
fn throttle(route: &str, whose: &str) -> String {
    format!(
        "        {route}:\n          {{ThrottlingRateLimit: !Ref {whose}ThrottleRate, ThrottlingBurstLimit: !Ref {whose}ThrottleBurst}}\n"
    )
}

#[test]
fn a_throttle_or_a_method_that_somebody_removed_comes_back() {
    let template = read("template.yaml");
    let there = http_api(&template);
    let mut tried = 0;
    for entry in CATALOGUE.iter().filter(|entry| entry.has_throttle()) {
        let lines = throttle(&entry.route.to_string(), "Credential");
        if template.contains(&lines) {
            let changed = template.replace(&lines, "");
            assert_eq!(http_api(&synced(&changed)), there, "{}", entry.route);
            tried += 1;
        }
    }
    assert!(tried > 5, "{tried}");
    let start = template.find("      RouteSettings:\n").unwrap();
    let end = start + template[start..].find("      # No path, query string").unwrap();
    let all = http_api(&synced(&template.replace(&template[start..end], "")));
    let needed =
        CATALOGUE.iter().filter(|entry| entry.has_throttle()).flat_map(Entry::routes).map(|route| route.to_string());
    let found = all["RouteSettings"].as_object().unwrap();
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), needed.collect::<BTreeSet<_>>());
    let methods = template.lines().find(|line| line.starts_with("        AllowMethods: ")).unwrap();
    for changed in ["", "        AllowMethods: [GET]\n"] {
        let changed = template.replace(&format!("{methods}\n"), changed);
        assert_eq!(http_api(&synced(&changed)), there, "{changed:.0}methods");
    }
}

#[test]
fn throttles_that_people_wrote_stay_and_those_of_no_route_are_told() {
    let template = read("template.yaml");
    assert_eq!(::sync::spare_throttles(&template, CATALOGUE).unwrap(), [""; 0]);
    let place = "      RouteSettings:\n";
    let of_people = [
        throttle("GET /v1/users/me", "Asset"),
        "        # Slow.\n".to_owned() + &throttle("GET /v1/users", "Refresh"),
        throttle("PATCH /v1/gone/{id}", "Credential"),
        "        \"POST /v1/gone\": {ThrottlingRateLimit: 1, ThrottlingBurstLimit: 2}\n".to_owned(),
    ];
    let changed = template.replace(place, &format!("{place}{}", of_people.concat()));
    assert_same(&synced(&changed), &changed, "throttles of people");
    let spare = ::sync::spare_throttles(&changed, CATALOGUE).unwrap();
    assert_eq!(spare, ["PATCH /v1/gone/{id}", "POST /v1/gone"]);
    let own = template.replace(place, "      RouteSettings: {}\n");
    let error = ::sync::template(&own, CATALOGUE, &Grants::read(&root()).unwrap()).unwrap_err();
    assert!(error.contains("RouteSettings"), "{error}");
    let own = template.replace("        AllowMethods: [", "        AllowMethods: !Split [\",\", ");
    assert_same(&synced(&own), &own, "methods that are no list");
}

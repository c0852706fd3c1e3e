//! Documents and settings name existing parameters and suites.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use local::Template;
use serde_json::Value;

use tests::repository::{read, root};

/// The parameters of the template, by name.
fn parameters() -> BTreeMap<String, Value> {
    serde_json::from_value(Template::source().unwrap()["Parameters"].clone()).unwrap()
}

/// The text of a value in a deployment's settings.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// All `Name=value` in the commands of an environment of samconfig.toml.
fn overrides(environment: &toml::Value) -> BTreeMap<String, String> {
    let commands = environment.as_table().unwrap().values();
    let lists = commands.filter_map(|command| command["parameters"].get("parameter_overrides"));
    let all = lists.flat_map(|list| list.as_array().expect("a list of overrides"));
    all.map(|one| one.as_str().unwrap().split_once('=').unwrap()).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

#[test]
fn samconfig_gives_parameters_that_there_are() {
    let parameters = parameters();
    let samconfig: toml::Table = read("samconfig.toml").parse().unwrap();
    let environments: BTreeMap<_, _> = samconfig.iter().filter(|(_, value)| value.is_table()).collect();
    for (name, environment) in &environments {
        let given = overrides(environment);
        for (parameter, value) in &given {
            let known = parameters.get(parameter).unwrap_or_else(|| panic!("{name}: there is no {parameter}"));
            assert!(known["NoEcho"].is_null(), "{name}: {parameter} is a secret");
            let mut allowed = known["AllowedValues"].as_array().into_iter().flatten().map(text).peekable();
            assert!(allowed.peek().is_none() || allowed.any(|one| one == *value), "{name}: {parameter} is {value}");
        }
        let architecture = |command: &str| {
            let list = environment[command]["parameters"]["parameter_overrides"].as_array().unwrap();
            list.iter().find(|one| one.as_str().unwrap().starts_with("Architecture=")).cloned()
        };
        let built = architecture("build");
        assert!(built.is_some() && built == architecture("deploy"), "{name} deploys another architecture");
        assert!(given.contains_key("MailFrom"), "{name} lacks MailFrom");
    }
    let names: Vec<_> = environments.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["dev", "prod"]);
}

/// The parameters and defaults in a row of the table. A single default applies to all names in the row.
fn rows(row: &str) -> Vec<(String, Option<String>)> {
    let [names, defaults] = [1, 2].map(|cell| row.split('|').nth(cell).unwrap().trim());
    let quoted = |text: &str| {
        let inner = text.strip_prefix('`').and_then(|text| text.strip_suffix('`'));
        inner.unwrap_or_else(|| panic!("`{text}` has no backticks in {row}")).to_owned()
    };
    let names: Vec<_> = names.split(", ").map(quoted).collect();
    let defaults = match defaults {
        "must be given" => vec![None; names.len()],
        "none" => vec![Some(String::new()); names.len()],
        given => given.split(", ").map(|one| Some(quoted(one))).collect(),
    };
    assert_eq!(names.len(), defaults.len(), "{row}");
    names.into_iter().zip(defaults).collect()
}

#[test]
fn deploy_md_has_every_parameter_with_its_default() {
    let text_of = read("docs/deploy.md");
    let section = text_of.split("\n## ").find(|section| section.starts_with("2. Parameters\n")).unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    // Rows that are headings are bold.
    let said: Vec<_> = lines.filter(|line| !line.starts_with("| **")).flat_map(rows).collect();
    let parameters = parameters().into_iter();
    let expected: BTreeMap<_, _> = parameters.map(|(name, known)| (name, known.get("Default").map(text))).collect();
    for (name, default) in &said {
        assert_eq!(Some(default), expected.get(name), "{name}");
    }
    let names: BTreeSet<_> = said.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), said.len(), "a parameter is there twice");
    assert_eq!(names, expected.keys().collect());
}

#[test]
fn no_document_has_a_place_left_to_fill() {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|file| file.unwrap().path());
    let docs: Vec<_> = docs.filter(|file| file.extension().is_some_and(|extension| extension == "md")).collect();
    assert!(!docs.is_empty());
    for file in docs.into_iter().chain([root().join("README.md")]) {
        let text = fs::read_to_string(&file).unwrap();
        // `cargo project sync` writes the second one into docs/events.md.
        for place in ["<!--", "(to be written)"] {
            let line = text.lines().position(|line| line.contains(place));
            assert_eq!(line.map(|line| line + 1), None, "{} has {place} in this line", file.display());
        }
    }
}

#[test]
fn the_queries_of_alarms_ask_for_failed_jobs_only() {
    let text = read("docs/deploy.md");
    let queries: Vec<_> =
        text.lines().filter(|line| line.contains("job = ") || line.contains(r#"event = "job""#)).collect();
    assert_eq!(queries.len(), 4, "{queries:?}");
    for query in queries {
        // Other ends, such as `withheld`, are no failures.
        assert!(
            query.contains(r#"status = "failed""#) || query.contains(r#"status in ["failed", "unreadable"]"#),
            "{query}"
        );
    }
}

/// The gateway refuses a stage with the rates of a route that is gone, so somebody who removes a route must be told.
#[test]
fn the_manual_says_how_a_route_with_a_throttle_goes_away() {
    let template = Template::source().unwrap();
    let settings = template["Resources"]["HttpApi"]["Properties"]["RouteSettings"].as_object().unwrap();
    let manual = read("docs/deploy.md");
    let section = manual.split("\n## ").find(|section| section.starts_with("3. ")).unwrap();
    let command = "delete-route-settings --api-id \"$(resource HttpApi)\" --stage-name '$default'";
    assert!(section.contains(command), "docs/deploy.md, section 3, lacks: {command}");
    let example = section.split("\n    unset_rates '").nth(1).unwrap().split('\'').next().unwrap();
    assert!(settings.contains_key(example), "docs/deploy.md, section 3: {example} has no rates in RouteSettings");
    let guide = read("docs/secure-an-endpoint.md");
    let rule = guide.split("\n- ").find(|rule| rule.contains("a throttle of its own in `RouteSettings`")).unwrap();
    assert!(rule.contains("[deploy.md](deploy.md), section 3"), "docs/secure-an-endpoint.md: {rule}");
}

//! The files that follow from the code, which `cargo project sync` writes.

use catalogue::CATALOGUE;
use serde_json::Value;
use sync::Grants;
use tests::repository::{read, root};

#[test]
fn files_that_follow_from_the_code_are_up_to_date() {
    let stale = sync::files(&root()).unwrap().into_iter().filter_map(|file| file.diff(&root()).unwrap());
    let stale: Vec<String> = stale.collect();
    assert!(stale.is_empty(), "out of date. This writes it: cargo project sync\n{}", stale.concat());
}

/// The lines of a function and its logs in template.yaml.
fn function<'a>(template: &'a str, id: &str) -> &'a str {
    let start = template.find(&format!("\n  {id}:\n")).unwrap() + 1;
    let end = start + template[start..].find("RetentionInDays: !Ref LogRetention\n\n").unwrap();
    &template[start..end + "RetentionInDays: !Ref LogRetention\n\n".len()]
}

pub fn synced(template: &str) -> String {
    sync::template(template, CATALOGUE, &Grants::read(&root()).unwrap()).unwrap()
}

/// The texts are long, so a failure shows the first line that differs.
#[track_caller]
pub fn assert_same(found: &str, expected: &str, case: &str) {
    for (number, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{case}, line {}", number + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{case}");
}

/// All resources, without what people wrote for other people.
pub fn resources(template: &str) -> Value {
    let template: Value = serde_saphyr::from_str(template).unwrap();
    template["Resources"].clone()
}

#[test]
fn what_somebody_removed_from_the_template_comes_back() {
    let template = read("template.yaml");
    let (resources_there, mut tried) = (resources(&template), 0);
    for entry in CATALOGUE {
        let id = local::logical_id(entry.name);
        let whole = function(&template, &id);
        assert!(resources(&synced(&template.replace(whole, ""))) == resources_there, "{id}: the function and its logs");
        for grant in whole.lines().filter(|line| line.contains("{Sid: ")) {
            let without = whole.replace(&format!("{grant}\n"), "");
            assert_same(&synced(&template.replace(whole, &without)), &template, &format!("{id}: {grant}"));
            tried += 1;
        }
        let wrong = whole.replace("Path: /", "Path: /wrong/").replace("dynamodb:GetItem", "dynamodb:DeleteTable");
        assert_same(&synced(&template.replace(whole, &wrong)), &template, &format!("{id}: path and grants"));
    }
    assert!(tried > 50, "{tried}");
}

#[test]
fn what_somebody_added_to_the_template_stays() {
    let template = read("template.yaml");
    let whole = function(&template, "UsersMe");
    for (place, addition) in [
        ("      Events:\n", "      # At most five at once.\n      ReservedConcurrentExecutions: 5\n"),
        ("      Events:\n", "      Environment:\n        Variables:\n          MODE: !Ref Stage\n"),
        ("  UsersMe:\n", "  # Has a comment.\n"),
        ("\n  UsersMeLogs:\n", "    DependsOn: UsersTable\n"),
    ] {
        let added = whole.replacen(place, &format!("{addition}{place}"), 1);
        let changed = template.replace(whole, &added);
        assert!(changed != template, "{addition}");
        assert_same(&synced(&changed), &changed, addition);
    }
    let other = "  Reports:\n    Type: AWS::S3::Bucket\n\n";
    let changed = template.replace("  UsersTable:\n", &format!("{other}  UsersTable:\n"));
    assert_same(&synced(&changed), &changed, other);
}

#[test]
fn an_endpoint_that_is_gone_leaves_the_template() {
    let template = read("template.yaml");
    let rest: Vec<_> = CATALOGUE.iter().filter(|entry| entry.name != "users_me").copied().collect();
    let without = sync::template(&template, &rest, &Grants::read(&root()).unwrap()).unwrap();
    assert_same(&without, &template.replace(function(&template, "UsersMe"), ""), "without UsersMe");
}

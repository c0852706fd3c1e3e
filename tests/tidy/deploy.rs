//! The workflow that deploys. One job runs code of dependencies, another may act on AWS.

use serde_json::{Value, json};
use tests::repository::read;

fn job(name: &str) -> Value {
    let workflow: Value = serde_saphyr::from_str(&read(".github/workflows/deploy.yml")).unwrap();
    workflow["jobs"][name].clone()
}

/// The commands and actions of a job, in order.
fn steps(job: &Value) -> Vec<String> {
    let steps = job["steps"].as_array().unwrap().iter();
    steps.map(|step| step["run"].as_str().or(step["uses"].as_str()).unwrap().to_owned()).collect()
}

/// An unpacked artifact could replace the template that is deployed, or a script.
#[test]
fn the_job_that_deploys_takes_nothing_but_executables_from_the_job_that_builds() {
    let job = job("deploy");
    let steps = steps(&job);
    let expected = [
        "actions/checkout@",
        "actions/download-artifact@",
        r#".ci/take-bootstraps "$RUNNER_TEMP/untrusted" "$RUNNER_TEMP/bootstraps""#,
        r#"sam --version && sam build --config-env "$ENVIRONMENT""#,
        "aws-actions/configure-aws-credentials@",
        r#"sam deploy --no-confirm-changeset --config-env "$ENVIRONMENT""#,
        "url=$(aws cloudformation describe-stacks ",
    ];
    assert_eq!(steps.len(), expected.len(), "{steps:?}");
    for (step, expected) in steps.iter().zip(expected) {
        let goes_on = expected.ends_with(['@', ' ']);
        assert!(if goes_on { step.starts_with(expected) } else { step == expected }, "{step} is not {expected}");
    }
    let with = |step: usize, key: &str| job["steps"][step][key].clone();
    assert_eq!(with(0, "with"), json!({ "persist-credentials": false }), "the checkout is that of the commit");
    assert_eq!(with(1, "with"), json!({ "name": "bootstraps", "path": "${{ runner.temp }}/untrusted" }));
    assert_eq!(with(3, "env"), json!({ "BOOTSTRAPS": "${{ runner.temp }}/bootstraps" }));
    assert_eq!(job.to_string().matches("untrusted").count(), 2, "something else reads the artifact");
}

#[test]
fn no_job_but_the_one_that_deploys_can_have_a_token_for_aws() {
    let workflow: Value = serde_saphyr::from_str(&read(".github/workflows/deploy.yml")).unwrap();
    assert_eq!(workflow["permissions"], json!({ "contents": "read" }));
    for (name, job) in workflow["jobs"].as_object().unwrap() {
        let trusted = json!({ "contents": "read", "id-token": "write" });
        let expected = if name == "deploy" { trusted } else { Value::Null };
        assert_eq!(job["permissions"], expected, "{name}");
        assert_eq!(job["secrets"], Value::Null, "{name}");
    }
}

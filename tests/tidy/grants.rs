//! Functions may do and know what they need, and nothing else.

use api::QueueName;
use catalogue::CATALOGUE;
use local::{Grant, Template};

#[test]
fn only_functions_that_sign_can_read_the_seed() {
    for function in Template::ours().unwrap().functions().unwrap() {
        let entry = CATALOGUE
            .iter()
            .find(|entry| entry.name == function.binary)
            .expect("template.yaml has what the catalogue lacks");
        let told = function.variables.iter().any(|name| name == "SIGNING_SECRET_ID");
        let granted = function.grants.iter().any(|grant| grant.action.starts_with("secretsmanager:"));
        assert_eq!((told, granted), (entry.signs, entry.signs), "{}", function.binary);
    }
}

#[test]
fn only_functions_that_queue_jobs_know_the_queues() {
    for function in Template::ours().unwrap().functions().unwrap() {
        let entry = CATALOGUE
            .iter()
            .find(|entry| entry.name == function.binary)
            .expect("template.yaml has what the catalogue lacks");
        for queue in QueueName::ALL {
            let declared = entry.queues.contains(&queue);
            let told = function.variables.iter().any(|name| name == queue.variable());
            let resource = format!("{queue:?}Queue.Arn");
            let grant = Grant { action: "sqs:SendMessage".to_owned(), resource };
            let granted = function.grants.contains(&grant);
            assert_eq!((told, granted), (declared, declared), "{} and {queue:?}", function.binary);
        }
    }
}

#[test]
fn no_grant_has_a_wildcard() {
    for function in Template::ours().unwrap().all_functions().unwrap() {
        for grant in function.grants {
            assert!(!grant.action.contains('*') && !grant.resource.contains('*'), "{}: {grant:?}", function.id);
        }
    }
}

#[test]
fn the_policy_of_every_endpoint_is_the_reviewed_one() {
    let functions = Template::ours().unwrap().all_functions().unwrap();
    let grants = |name: &str| {
        let function = functions.iter().find(|function| function.binary == name);
        let function = function.unwrap_or_else(|| panic!("template.yaml lacks the function of {name}"));
        function.grants.iter().cloned().collect()
    };
    tests::assert_policy(grants);
}

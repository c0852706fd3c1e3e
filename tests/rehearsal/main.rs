//! A deployment, rehearsed: the stack that template.yaml makes is created on a simulated AWS, and every real binary runs
//! with the environment that the stack gave its function, through the whole story from sign-up to erasure.
//!
//! Needs Python with what `requirements.txt` lists: `REHEARSAL_PYTHON=... cargo test --test rehearsal`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod stack;
mod stage;
mod story;

use std::collections::BTreeSet;

use functions::CATALOGUE;
use local::Template;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_passes_in_the_rehearsed_stack() {
    let stage = Stage::set().await;
    let superuser = story::the_first_superuser(&stage).await;
    let ada = story::sign_up(&stage).await;
    let ada = story::change_names(&stage, ada).await;
    let ada = story::become_staff(&stage, &superuser, ada).await;
    story::keep_products(&stage, &ada, &superuser).await;
    story::refresh_and_end_sessions(&stage, &ada).await;
    story::change_and_reset_the_password(&stage, &ada).await;
    story::rotate_the_key(&stage, &superuser).await;
    story::be_refused(&stage, &ada).await;
    story::be_erased(&stage, &ada, &superuser).await;

    let invoked = stage.lambda.peaks().await;
    for (name, peak) in &invoked {
        println!("{name}: at most {peak} kB of memory");
    }
    let all: BTreeSet<&str> = stage.stack.functions.values().map(|function| function.binary.as_str()).collect();
    assert_eq!(all.len(), CATALOGUE.len() + 3);
    assert_eq!(invoked.keys().map(String::as_str).collect::<BTreeSet<_>>(), all, "every function had its part");
    stage.nobody_did_what_its_role_forbids();
}

/// What AWS itself needs of every function: to write its log, and its traces.
const FOR_AWS: [&str; 2] = [
    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_role_of_the_stack_holds_what_the_template_says_and_no_more() {
    let (stack, _aws) = stack::Stack::create().await;
    let template = Template::ours().unwrap();
    let functions: Vec<_> = template.functions().unwrap().into_iter().chain(template.workers().unwrap()).collect();
    assert_eq!(functions.len(), stack.functions.len());
    for function in functions {
        let deployed = &stack.functions[&function.id];
        assert_eq!(deployed.grants(), function.grants.into_iter().collect(), "{}", function.id);
        assert_eq!(deployed.managed_policies, FOR_AWS, "{}", function.id);
        assert_eq!(deployed.scheduled, function.binary == "key_rotate", "{}", function.id);
        for (name, value) in &deployed.environment {
            assert!(!value.is_empty() && !value.contains("${"), "{}: {name}={value}", function.id);
        }
    }
}

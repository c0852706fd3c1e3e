use std::process::ExitCode;
use std::time::Instant;

use auth::Roles;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use tests::{PASSWORD, TestApp};

use crate::stats::Sample;

/// Upper bound on the slowest median, as a multiple of the fastest: times must not reveal accounts.
const MOST: f64 = 1.5;
/// Sign-ins that a limit allows per account and quarter of an hour.
const PER_ACCOUNT: usize = 10;

/// A kind of refused sign-in.
struct Kind {
    name: &'static str,
    username: String,
    password: &'static str,
    took: Sample,
}

pub async fn run(rounds: usize) -> ExitCode {
    let app = TestApp::init().await;
    let mut kinds = kinds(&app).await;
    // In turns, so that other load on the machine affects all kinds alike.
    for round in 0..rounds {
        if round % PER_ACCOUNT == 0 {
            app.clock.advance_millis(15 * 60_000);
        }
        for kind in &mut kinds {
            let caller = app.anon();
            let body = json!({ "username": kind.username, "password": kind.password });
            let started = Instant::now();
            let response = caller.post("/v1/auth/token", body).await;
            kind.took.push_time(started.elapsed());
            if !response.is(401, "credentials_invalid") {
                eprintln!("bench: {} got {} {}", kind.name, response.status, response.body);
                return ExitCode::FAILURE;
            }
        }
    }
    report(&kinds, rounds)
}

fn report(kinds: &[Kind], rounds: usize) -> ExitCode {
    let medians: Vec<f64> = kinds.iter().map(|kind| kind.took.median()).collect();
    for (kind, median) in kinds.iter().zip(&medians) {
        println!("{:<15} median {median:>7.2} ms of {rounds}", kind.name);
    }
    let slowest = medians.iter().copied().fold(f64::MIN, f64::max);
    let fastest = medians.iter().copied().fold(f64::MAX, f64::min);
    let ratio = slowest / fastest;
    println!("slowest / fastest {ratio:.3}, at most {MOST}");
    if ratio <= MOST { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn kinds(app: &TestApp) -> [Kind; 3] {
    app.create_user("ada", "ada@example.com", Roles::default()).await;
    let gone = app.create_user("gone", "gone@example.com", Roles::default()).await;
    app.set("users", ("id", &gone.to_string()), "is_active", AttributeValue::Bool(false)).await;
    let kind = |name, username: &str, password| Kind {
        name,
        username: username.to_owned(),
        password,
        took: Sample::default(),
    };
    [
        kind("unknown", "nobody", PASSWORD),
        kind("inactive", "gone", PASSWORD),
        kind("wrong password", "ada", "eight-careless-ferrets"),
    ]
}

//! Measurements: `cargo run --release -p bench -- --help`.

mod auth;
mod build;
mod cold;
mod cost;
mod hash;
mod load;
mod memory;
mod process;
mod replay;
mod report;
mod sign_in;
mod stage;
mod stats;
mod tls;
mod warm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measures the API over an embedded DynamoDB
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// What starting a function takes: time, processor, memory and size, beside a function that says hello
    Cold(cold::Options),
    /// What a call takes of a function that is running, beside the floor and its calls to DynamoDB
    Warm(warm::Options),
    /// What a token check and a sign-in take, beside the raw cryptography
    Auth(auth::Options),
    /// What a good call of each endpoint asks of DynamoDB, counted
    Cost(cost::Options),
    /// How fast a running `local` answers mixed traffic, and whether that grows with its tables
    Load(load::Options),
    /// How long refusing a sign-in takes, for unknown, inactive and wrong-password accounts
    SignIn {
        /// Sign-ins of each kind
        #[arg(long, default_value_t = 200)]
        rounds: usize,
    },
    /// How long calls take with the share of a processor that Lambda gives for each size of memory, and what they cost
    Memory(memory::Options),
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = tokio::runtime::Runtime::new()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(run(&options.command)));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(cause) => {
            eprintln!("bench: {cause}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all goals are met.
async fn run(command: &Command) -> Result<bool, String> {
    // The benchmark itself is a part of what takes time.
    let as_it_is = match command {
        Command::Cost(_) => true,
        Command::Cold(options) => options.process_only,
        _ => false,
    };
    if cfg!(debug_assertions) && !as_it_is {
        return Err("times need an optimised benchmark: cargo run --release -p bench".to_owned());
    }
    match command {
        Command::Cold(options) => cold::run(options).await,
        Command::Warm(options) => warm::run(options).await,
        Command::Auth(options) => auth::run(options).await,
        Command::Cost(options) => cost::run(options).await,
        Command::Load(options) => load::run(options).await,
        Command::SignIn { rounds } => Ok(sign_in::run(*rounds).await == ExitCode::SUCCESS),
        Command::Memory(options) => memory::run(options).await,
    }
}

//! Measurements: `cargo run --release -p bench -- --help`.

mod auth;
mod build;
mod cold;
mod cost;
mod fixture;
mod hash;
mod memory;
mod peers;
mod process;
mod replay;
mod report;
mod shop;
mod sign_in;
mod stats;
mod tls;
mod warm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure the API on an embedded DynamoDB
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure starts of functions: time, processor, memory and size, compared with a minimal function
    Cold(cold::Options),
    /// Measure calls of running functions, compared with a minimal function, their DynamoDB calls and bare hashes
    Warm(warm::Options),
    /// Measure a token check and a sign-in, compared with the raw cryptography
    Auth(auth::Options),
    /// Count the DynamoDB calls and units of a good call of each endpoint
    Cost(cost::Options),
    Load(shop::Options),
    /// Measure refused sign-ins for unknown, inactive and wrong-password accounts
    SignIn {
        /// Sign-ins of each kind
        #[arg(long, default_value_t = 200)]
        rounds: usize,
    },
    /// Measure calls and their cost with the processor share that Lambda gives for each memory size
    Memory(memory::Options),
    /// Compare three endpoints with the same in Python (FastAPI) and Node (Middy): time, processor, memory, size, dollars
    Peers(peers::Options),
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

/// Runs a measurement. Returns whether all goals are met.
async fn run(command: &Command) -> Result<bool, String> {
    // The benchmark itself takes a part of the measured time.
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
        Command::Load(options) => shop::run(options).await,
        Command::SignIn { rounds } => Ok(sign_in::run(*rounds).await == ExitCode::SUCCESS),
        Command::Memory(options) => memory::run(options).await,
        Command::Peers(options) => peers::run(options).await,
    }
}

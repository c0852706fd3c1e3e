//! Measurements: `cargo run --release -p bench -- --help`.

mod memory;
mod sign_in;

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
    /// How long refusing a sign-in takes, for unknown, inactive and wrong-password accounts
    SignIn {
        /// Sign-ins of each kind
        #[arg(long, default_value_t = 200)]
        rounds: usize,
    },
    /// How long functions take with the share of a processor that Lambda gives for their memory, and how much they use
    Memory {
        /// Sizes of memory, in megabytes
        #[arg(long, value_delimiter = ',', default_value = "128,256,512,1024,1769")]
        sizes: Vec<u64>,
        /// Calls of each function beside its first
        #[arg(long, default_value_t = 15)]
        rounds: usize,
    },
}

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("bench: {error}");
            return ExitCode::FAILURE;
        }
    };
    match Options::parse().command {
        Command::SignIn { rounds } => runtime.block_on(sign_in::run(rounds)),
        Command::Memory { sizes, rounds } => runtime.block_on(memory::run(&sizes, rounds)),
    }
}

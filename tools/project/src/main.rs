//! The commands of `cargo project`.

mod commands;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::root;

/// Commands for developers of this project
///
/// They end with 0 when done, with 1 when `--check` or `doctor` finds something to do, and with 2 after an error. After an error,
/// no file is changed.
#[derive(Parser)]
#[command(name = "cargo project", bin_name = "cargo project", version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Doctor(commands::doctor::Doctor),
    NewEndpoint(commands::new_endpoint::NewEndpoint),
    NewResource(commands::new_resource::NewResource),
    Start(commands::start::Start),
    Sync(commands::sync::Sync),
}

fn main() -> ExitCode {
    let root = root();
    let done = match Options::parse().command {
        Command::Doctor(doctor) => doctor.run(&root),
        Command::NewEndpoint(new) => new.run(&root),
        Command::NewResource(new) => new.run(&root),
        Command::Start(start) => start.run(&root),
        Command::Sync(sync) => sync.run(&root),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

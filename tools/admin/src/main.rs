//! The operator's command line: `cargo run -p admin -- --help`.

mod ask;
mod drill;
mod error;
mod keys;
mod limits;
mod options;
mod output;
mod pages;
mod sessions;
mod target;
mod users;

use std::process::ExitCode;

use clap::Parser;
use operator::Operator;

use crate::error::{Error, Result};
use crate::options::{Command, Options};
use crate::output::Output;
use crate::target::Target;

/// What every command works with.
struct Desk {
    target: Target,
    operator: Operator,
    output: Output,
    /// Whether everything is confirmed beforehand.
    yes: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    api::start_log(std::io::stderr, None);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&Error::Io { what: "runtime".to_owned(), source: error }),
    };
    match runtime.block_on(run(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    eprintln!("admin: {error}");
    error.exit_code()
}

async fn run(options: Options) -> Result<()> {
    let target = Target::find(&options.place).await?;
    let output = Output { json: options.json };
    let desk = Desk { target, operator: Operator::acting(), output, yes: options.yes };
    match options.command {
        Command::CreateSuperuser(new) => users::create_superuser(&desk, new).await,
        Command::ListUsers => users::list(&desk).await,
        Command::SetRoles { user, staff, superuser } => users::set_roles(&desk, &user, staff, superuser).await,
        Command::Deactivate { user } => users::set_active(&desk, &user, false).await,
        Command::Activate { user } => users::set_active(&desk, &user, true).await,
        Command::Sessions { user } => sessions::list(&desk, &user).await,
        Command::RevokeSessions { user } => sessions::revoke(&desk, &user).await,
        Command::Unblock(what) => limits::unblock(&desk, what).await,
        Command::RotateKey { drill: false, .. } => keys::rotate(&desk).await,
        Command::RotateKey { url, username, password_stdin, .. } => {
            drill::run(&desk, url, username, password_stdin).await
        }
        Command::RevokeKey { kid } => keys::revoke(&desk, &kid).await,
    }
}

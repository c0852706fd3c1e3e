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

/// Everything that a command needs.
struct Context {
    target: Target,
    operator: Operator,
    output: Output,
    /// Whether `--yes` confirms every command.
    yes: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    api::start_log(std::io::stderr, None, []);
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
    let context = Context { target, operator: Operator::acting(), output, yes: options.yes };
    match options.command {
        Command::CreateSuperuser(new) => users::create_superuser(&context, new).await,
        Command::ListUsers => users::list(&context).await,
        Command::SetRoles { user, staff, superuser } => users::set_roles(&context, &user, staff, superuser).await,
        Command::Deactivate { user } => users::set_active(&context, &user, false).await,
        Command::Activate { user } => users::set_active(&context, &user, true).await,
        Command::Sessions { user } => sessions::list(&context, &user).await,
        Command::RevokeSessions { user } => sessions::revoke(&context, &user).await,
        Command::Unblock(what) => limits::unblock(&context, what).await,
        Command::RotateKey { drill: false, .. } => keys::rotate(&context).await,
        Command::RotateKey { url, username, password_stdin, .. } => {
            drill::run(&context, url, username, password_stdin).await
        }
        Command::RevokeKey { kid } => keys::revoke(&context, &kid).await,
    }
}

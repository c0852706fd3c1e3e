//! The operator's command line: `cargo run -p admin -- --help`.

mod ask;
mod audit;
mod drill;
mod emails;
mod enrolment;
mod error;
mod everybody;
mod factors;
mod invitations;
mod keys;
mod limits;
mod options;
mod output;
mod pages;
mod queues;
mod sessions;
mod target;
mod users;

use std::process::ExitCode;

use api::{Act, Audit};
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
    audit: Audit,
    output: Output,
    /// Whether `--yes` confirms every command.
    yes: bool,
}

impl Context {
    /// The operator, whose acts are written down.
    fn act(&self) -> Act<'_, Operator> {
        self.audit.act(&self.target.api, &self.operator)
    }
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
    let (target, operator) = Target::find(&options.place, options.command.queues()).await?;
    let (audit, output) = (target.part()?, Output { json: options.json });
    let context = Context { target, operator, audit, output, yes: options.yes };
    match options.command {
        Command::CreateSuperuser(new) => users::create_superuser(&context, new).await,
        Command::ListUsers => users::list(&context).await,
        Command::SetRoles { user, staff, superuser } => users::set_roles(&context, &user, staff, superuser).await,
        Command::Deactivate { user } => users::set_active(&context, &user, false).await,
        Command::Activate { user } => users::set_active(&context, &user, true).await,
        Command::SendReset { user } => emails::send_reset(&context, &user).await,
        Command::FreeEmail { email } => emails::free(&context, &email).await,
        Command::Invite { email, role } => invitations::invite(&context, &email, role).await,
        Command::Sessions { user } => sessions::list(&context, &user).await,
        Command::RevokeSessions { user } => sessions::revoke(&context, &user).await,
        Command::ResetFactors { user, no_enrol } => factors::reset(&context, &user, no_enrol).await,
        Command::EndAllSessions => everybody::end_all_sessions(&context).await,
        Command::Unblock(what) => limits::unblock(&context, what).await,
        Command::RotateKey { drill: false, .. } => keys::rotate(&context).await,
        Command::RotateKey { url, username, password_stdin, .. } => {
            drill::run(&context, url, username, password_stdin).await
        }
        Command::Audit(acts) => audit::list(&context, acts).await,
        Command::RevokeKey { kid } => keys::revoke(&context, &kid).await,
        Command::AddSealingKey => keys::add_sealing_key(&context).await,
    }
}

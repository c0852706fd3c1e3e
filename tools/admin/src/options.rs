use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::ask;

/// Manage the users, sessions, limits and keys of a stack
///
/// Exit codes: 0 done; 1 failed; 2 wrong usage; 3 no such user or key; 4 not confirmed; 5 refused, for example because
/// a name is taken.
#[derive(Parser)]
#[command(version)]
pub struct Options {
    #[command(flatten)]
    pub place: Place,
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Don't ask for confirmation of a command that can't be undone
    #[arg(long, global = true)]
    pub yes: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// The stack to work on
#[derive(Args)]
#[group(skip)]
pub struct Place {
    /// Use the database of a running `cargo run -p local`
    #[arg(long, conflicts_with = "stack", required_unless_present = "stack")]
    pub local: bool,
    /// Use a deployed stack, with the usual AWS credentials
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Data directory of `local`
    #[arg(long, value_name = "DIRECTORY", default_value = ".local", requires = "local")]
    pub data: PathBuf,
}

#[derive(Subcommand)]
pub enum Command {
    /// Create an account with the superuser role
    CreateSuperuser(NewSuperuser),
    /// List all accounts
    ListUsers,
    /// Change roles; takes effect on the user's next request
    SetRoles {
        /// Username, email or id
        user: String,
        /// Whether the user is staff
        #[arg(long, value_name = "true|false")]
        staff: Option<bool>,
        /// Whether the user is a superuser
        #[arg(long, value_name = "true|false", required_unless_present = "staff")]
        superuser: Option<bool>,
    },
    /// Close an account and end its sessions immediately
    Deactivate {
        /// Username, email or id
        user: String,
    },
    /// Open an account again; its old sessions stay ended
    Activate {
        /// Username, email or id
        user: String,
    },
    /// Mail a user a link to set a new password
    SendReset {
        /// Username, email or id
        user: String,
    },
    /// Free an email that its account has not verified; closes and erases the account, unless it has a role or was verified before
    FreeEmail {
        /// The email
        email: String,
    },
    /// Invite somebody by mail to make an account; gives no role
    Invite {
        /// The email
        email: String,
        /// The role that the account is to get; `set-roles` gives it
        #[arg(long)]
        role: Option<Wish>,
    },
    /// List the sessions of a user
    Sessions {
        /// Username, email or id
        user: String,
    },
    /// Sign a user out everywhere
    RevokeSessions {
        /// Username, email or id
        user: String,
    },
    /// Remove all second factors and recovery codes of a user, and sign the user out everywhere
    ResetFactors {
        /// Username, email or id
        user: String,
        /// Don't offer to add another second factor in the terminal
        #[arg(long)]
        no_enrol: bool,
    },
    /// Sign everybody out everywhere, one account after another
    EndAllSessions,
    /// Clear the rate limits of an address or an account
    Unblock(Blocked),
    /// Overwrite the signing seed; valid tokens stay valid
    RotateKey {
        /// Rotate twice under continuous requests, and fail if any valid token is refused
        #[arg(long)]
        drill: bool,
        /// URL of the API, for the drill; not needed with --local
        #[arg(long, requires = "drill")]
        url: Option<String>,
        /// Username that signs in for the drill; use a test account
        #[arg(long, requires = "drill", required_if_eq("drill", "true"))]
        username: Option<String>,
        /// Read the password from standard input, not from a prompt
        #[arg(long, requires = "drill")]
        password_stdin: bool,
    },
    /// List what was done to a subject, or by an actor, newest first
    Audit(Acts),
    /// Refuse every token of a key permanently
    RevokeKey {
        /// The key's id, as in a token's header and in /.well-known/jwks.json
        // One id of 64 begins with a hyphen: it is base64url (RFC 7638).
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Add a key that seals the second factors; older keys open what they sealed
    AddSealingKey,
}

impl Command {
    /// Whether the command needs the queues. Second factors do, because their owners are mailed.
    pub fn queues(&self) -> bool {
        match self {
            Command::SendReset { .. } | Command::FreeEmail { .. } | Command::Invite { .. } => true,
            Command::ResetFactors { .. } => true,
            Command::CreateSuperuser(new) => ask::can_enrol(new.no_enrol),
            _ => false,
        }
    }
}

/// A role that an invitation names.
#[derive(Clone, Copy, ValueEnum)]
pub enum Wish {
    Staff,
    Superuser,
}

#[derive(Args)]
pub struct NewSuperuser {
    /// The username
    #[arg(long)]
    pub username: String,
    /// The email; counts as verified
    #[arg(long)]
    pub email: String,
    /// Also give the staff role, which superusers don't get automatically
    #[arg(long)]
    pub staff: bool,
    /// Read the password from standard input, not from a prompt
    #[arg(long)]
    pub password_stdin: bool,
    /// Don't offer to add a second factor in the terminal
    #[arg(long)]
    pub no_enrol: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Acts {
    /// What was acted on, such as users/ID, or users for reads of the list
    #[arg(long)]
    pub subject: Option<String>,
    /// Who acted: users/ID, or operator/NAME with the ARN of an AWS identity, or local
    #[arg(long)]
    pub actor: Option<String>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Blocked {
    /// An IP address
    #[arg(long)]
    pub address: Option<String>,
    /// Username, email or id; a name without an account works, too
    #[arg(long)]
    pub account: Option<String>,
}

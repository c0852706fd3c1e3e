use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Works on the users, sessions, limits and keys of a stack
///
/// Exit codes: 0 done; 1 failed; 2 wrong usage; 3 no such user or key; 4 not confirmed; 5 refused, such as a name that is
/// taken.
#[derive(Parser)]
#[command(version)]
pub struct Options {
    #[command(flatten)]
    pub place: Place,
    /// Print JSON, for scripts
    #[arg(long, global = true)]
    pub json: bool,
    /// Don't ask before doing what can't be undone
    #[arg(long, global = true)]
    pub yes: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// What to work on
#[derive(Args)]
#[group(skip)]
pub struct Place {
    /// The database of a running `cargo run -p local`
    #[arg(long, conflicts_with = "stack", required_unless_present = "stack")]
    pub local: bool,
    /// A deployed stack, with the usual AWS credentials
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Where `local` keeps its data
    #[arg(long, value_name = "DIRECTORY", default_value = ".local", requires = "local")]
    pub data: PathBuf,
}

#[derive(Subcommand)]
pub enum Command {
    /// Create an account with the superuser role
    CreateSuperuser(NewSuperuser),
    /// List all accounts
    ListUsers,
    /// Give and take roles, from the user's next request on
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
    /// Close an account and end its sessions, at once
    Deactivate {
        /// Username, email or id
        user: String,
    },
    /// Open an account again; its old sessions stay dead
    Activate {
        /// Username, email or id
        user: String,
    },
    /// List where a user is signed in
    Sessions {
        /// Username, email or id
        user: String,
    },
    /// Sign a user out everywhere
    RevokeSessions {
        /// Username, email or id
        user: String,
    },
    /// Clear the rate limits of an address or an account
    Unblock(Blocked),
    /// Overwrite the signing seed; valid tokens stay valid
    RotateKey {
        /// Rotate twice under continuous requests, and fail if any valid token is refused
        #[arg(long)]
        drill: bool,
        /// The API's URL, for the drill; of a local API it is known
        #[arg(long, requires = "drill")]
        url: Option<String>,
        /// Who signs in for the drill: an account that does not mind
        #[arg(long, requires = "drill", required_if_eq("drill", "true"))]
        username: Option<String>,
        /// Read the password from standard input, not from a prompt
        #[arg(long, requires = "drill")]
        password_stdin: bool,
    },
    /// Refuse every token that a key signed, for good
    RevokeKey {
        /// The key's id, as in a token's header and in /.well-known/jwks.json
        kid: String,
    },
}

#[derive(Args)]
pub struct NewSuperuser {
    /// The username
    #[arg(long)]
    pub username: String,
    /// The email; it counts as verified
    #[arg(long)]
    pub email: String,
    /// Make the user staff too, which superusers are not by themselves
    #[arg(long)]
    pub staff: bool,
    /// Read the password from standard input, not from a prompt
    #[arg(long)]
    pub password_stdin: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Blocked {
    /// An IP address
    #[arg(long)]
    pub address: Option<String>,
    /// Username, email or id; also a name that nobody has
    #[arg(long)]
    pub account: Option<String>,
}

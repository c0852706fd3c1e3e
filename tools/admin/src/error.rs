use std::process::ExitCode;

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The errors of this program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no local stack in {0}: is `cargo run -p local` running here?")]
    NoLocal(String),
    #[error("{0}")]
    Aws(String),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("there is no {0}")]
    NotFound(String),
    #[error("not confirmed: nothing was done (--yes confirms)")]
    NotConfirmed,
    #[error("{0}")]
    Refused(String),
    #[error(
        "{kid} is revoked, but the seed may still produce it: {cause}. Until `rotate-key` succeeds, nobody can sign in"
    )]
    NotRotated { kid: String, cause: String },
    #[error("no code was right, so {0} has no second factor: `reset-factors {0}` offers it again")]
    NotEnrolled(String),
    #[error("{failed} accounts are not signed out, and are named above: run it again")]
    NotAll { failed: usize },
    #[error("the drill failed: {0}")]
    Drill(String),
    #[error(transparent)]
    Api(#[from] api::Error),
    #[error(transparent)]
    Dynamo(#[from] dynamo::Error),
    #[error(transparent)]
    Identity(#[from] identity::Error),
    #[error(transparent)]
    Auth(#[from] auth::Error),
}

impl Error {
    /// The exit code, as listed in `--help`.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Error::NotFound(_) => 3,
            Error::NotConfirmed => 4,
            Error::Refused(_)
            | Error::Auth(auth::Error::Password(_))
            | Error::Identity(
                identity::Error::UsernameTaken
                | identity::Error::EmailTaken
                | identity::Error::EmailVerified
                | identity::Error::EmailFree,
            ) => 5,
            // A conflict, such as a name that is taken.
            Error::Api(error) if error.row().code.status().as_u16() == 409 => 5,
            _ => 1,
        })
    }
}

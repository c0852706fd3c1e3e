//! The options of the command, and the parts that they choose.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use local::{Embedded, Log, Result};
use tempfile::TempDir;

/// Run the whole API on this machine, with an embedded DynamoDB
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples: the API on port 3000, and the API that follows each change of the sources\n\n  \
    cargo run -p local\n  cargo run -p local -- --watch --data /tmp/try"
)]
pub struct Options {
    /// Port of the API; 0 picks a free port
    #[arg(long, default_value_t = 3000)]
    pub port: u16,
    /// Port of the embedded DynamoDB; 0 picks a free port
    #[arg(long, default_value_t = 8000)]
    pub db_port: u16,
    /// Directory for the data, the signing seed, the sealing keys and `env`
    #[arg(long, default_value = ".local", conflicts_with = "ephemeral")]
    pub data: PathBuf,
    /// Keep nothing after the server stops
    #[arg(long)]
    pub ephemeral: bool,
    /// Use a running DynamoDB instead of the embedded one
    #[arg(long, value_name = "URL", conflicts_with = "database_only")]
    pub database: Option<String>,
    /// Run only the database, with tables and demo data
    #[arg(long)]
    pub database_only: bool,
    /// Build and restart the server after each change of the sources; data and ports stay
    #[arg(long, conflicts_with = "database_only")]
    pub watch: bool,
    /// Who can make an account: anyone, or only people with an invitation
    #[arg(long, value_name = "WHO", default_value = "open")]
    pub sign_up: SignUp,
    /// Let the roles count only after a sign-in with a second factor
    #[arg(long)]
    pub second_factor: bool,
    /// Form of the log; default: text in a terminal, JSON otherwise
    #[arg(long, value_name = "FORM")]
    pub log: Option<Log>,
    /// Serve for `--watch`, which passes the socket as standard input
    #[arg(long, hide = true, conflicts_with_all = ["watch", "database_only"])]
    pub supervised: bool,
}

/// Who can make an account.
#[derive(Clone, Copy, ValueEnum)]
pub enum SignUp {
    /// Anyone
    Open,
    /// People with an invitation
    Invited,
}

impl SignUp {
    /// The value of `SIGN_UP`.
    pub fn as_str(self) -> &'static str {
        match self {
            SignUp::Open => "open",
            SignUp::Invited => "invited",
        }
    }
}

impl Options {
    /// The data directory. An ephemeral one comes with a guard that deletes the directory when dropped.
    pub fn directory(&self) -> Result<(PathBuf, Option<TempDir>)> {
        if self.ephemeral {
            let kept = local::ephemeral_directory()?;
            return Ok((kept.path().to_owned(), Some(kept)));
        }
        local::private_directory(&self.data)?;
        Ok((self.data.clone(), None))
    }

    /// Starts the embedded database, unless `--database` names another. Returns the URL of the database, too.
    pub async fn database(&self, directory: &Path) -> Result<(Option<Embedded>, String)> {
        if let Some(url) = &self.database {
            return Ok((None, url.clone()));
        }
        let file = directory.join("dynamodb.sqlite");
        let embedded = Embedded::start((!self.ephemeral).then_some(file.as_path()), self.db_port).await?;
        let url = embedded.url();
        Ok((Some(embedded), url))
    }

    /// The arguments of a server that `--watch` starts.
    pub fn of_server(&self, directory: &Path, database: &str) -> Vec<OsString> {
        let mut arguments = vec!["--supervised".into(), "--data".into(), directory.into()];
        arguments.extend(["--database".into(), database.into()]);
        arguments.extend(["--sign-up".into(), self.sign_up.as_str().into()]);
        if self.second_factor {
            arguments.push("--second-factor".into());
        }
        if let Some(log) = self.log.and_then(|log| log.to_possible_value()) {
            arguments.extend(["--log".into(), log.get_name().into()]);
        }
        arguments
    }
}

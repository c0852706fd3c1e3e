use std::fmt::Write as _;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use api::Settings;
use auth::{OsEntropy, SigningSeed};

use crate::error::{Error, Result, io};

/// Environment variables of the functions of the local stack.
pub struct Environment(Vec<(&'static str, String)>);

impl Environment {
    /// The prefix of the local tables: a stack named `local`.
    pub const TABLE_PREFIX: &str = "local-";

    /// Where the API has the pages that mailed links lead to.
    pub const PAGES: &str = "/account";

    /// Variables for the database at `url` and the API at `api`. Signing seed, mails and jobs are in `directory`. Creates
    /// the seed if the directory has none.
    ///
    /// # Errors
    /// When the seed can't be created, or is no seed.
    pub fn new(url: &str, api: &str, directory: &Path) -> Result<Self> {
        let seed = seed_file(directory)?;
        let beside = |name: &str| seed.with_file_name(name).to_string_lossy().into_owned();
        let set = |name, value: &str| (name, value.to_owned());
        Ok(Self(vec![
            set("AWS_REGION", "us-east-1"),
            set("AWS_ACCESS_KEY_ID", "local"),
            set("AWS_SECRET_ACCESS_KEY", "local"),
            set("AWS_ENDPOINT_URL_DYNAMODB", url),
            set("TABLE_PREFIX", Self::TABLE_PREFIX),
            set("TOKEN_ISSUER", "local"),
            set("TOKEN_AUDIENCE", "local-api"),
            set("SIGNING_SEED_FILE", &seed.to_string_lossy()),
            set("JOB_SPOOL", &beside("jobs")),
            set("MAIL_OUTBOX", &beside("outbox")),
            set("MAIL_FROM", "no-reply@example.com"),
            set("LINK_BASE", &format!("{api}{}", Self::PAGES)),
            set("UNVERIFIED_DAYS", "7"),
            set("SIGN_UP", "open"),
        ]))
    }

    /// The same variables, and who can sign up: `open` or `invited`.
    pub fn with_sign_up(mut self, who: &str) -> Self {
        self.0.retain(|(name, _)| *name != "SIGN_UP");
        self.0.push(("SIGN_UP", who.to_owned()));
        self
    }

    /// Settings from these variables. `MISSING_TOKEN_STATUS`, `ACCESS_TOKEN_SECONDS` and `TOKEN_LEEWAY_SECONDS` come
    /// from the environment of this process.
    ///
    /// # Errors
    /// When one of those three is invalid.
    pub fn settings(&self) -> Result<Settings> {
        let passed_on =
            ["MISSING_TOKEN_STATUS", "ACCESS_TOKEN_SECONDS", "TOKEN_LEEWAY_SECONDS", "REFRESH_GRACE_SECONDS"];
        let own = self.0.clone();
        let find = move |name: &str| own.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        let real = move |name: &str| passed_on.contains(&name).then(|| std::env::var(name).ok()).flatten();
        Ok(Settings::read(move |name| find(name).or_else(|| real(name)))?)
    }

    /// Writes the file for `cargo lambda watch --env-file`.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let mut text = String::new();
        for (name, value) in &self.0 {
            // Writing to a string can't fail.
            let _ = writeln!(text, "{name}={value}");
        }
        api::replace_file(file, &text).map_err(io(file.display().to_string()))
    }
}

/// Creates the file with the signing seed, if missing, and checks it. Overwriting the file rotates the key, like overwriting the
/// secret of a deployed stack.
fn seed_file(directory: &Path) -> Result<PathBuf> {
    let directory = directory.canonicalize().map_err(io(directory.display().to_string()))?;
    let file = directory.join("signing-seed");
    let failed = || io(file.display().to_string());
    // Whole or not at all, also if the process is killed.
    let mut new = tempfile::Builder::new().suffix(".new").tempfile_in(&directory).map_err(failed())?;
    let seed = SigningSeed::generate(&OsEntropy).map_err(auth::Error::from)?;
    new.write_all(seed.as_bytes()).map_err(failed())?;
    match new.persist_noclobber(&file) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => return Err(failed()(error.error)),
        _ => {}
    }
    // The endpoints would start without a usable seed, and answer 503: in a deployed stack it may be right again soon.
    let text = std::fs::read_to_string(&file).map_err(failed())?;
    match SigningSeed::parse(&text) {
        Ok(_) => Ok(file),
        Err(cause) => Err(Error::Seed { file: file.display().to_string(), cause }),
    }
}

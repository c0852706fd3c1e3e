use std::fmt::Write as _;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use api::Settings;
use auth::{OsEntropy, SealingKeys, SigningSeed};

use crate::error::{Error, Result, io};

/// Environment variables of the functions of the local stack.
pub struct Environment(Vec<(&'static str, String)>);

/// The domain of passkeys. Browsers take `localhost` without https (Secure Contexts, section 3.1).
const PASSKEY_DOMAIN: &str = "localhost";

impl Environment {
    /// The prefix of the local tables: a stack named `local`.
    pub const TABLE_PREFIX: &str = "local-";

    /// Where the API has the pages that mailed links lead to.
    pub const PAGES: &str = "/account";

    /// Variables for the database at `url` and the API at `api`. Signing seed, sealing keys, mails and jobs are in
    /// `directory`. Creates the seed and the keys if the directory has none.
    ///
    /// # Errors
    /// When the seed or the keys can't be created, or can't be used.
    pub fn new(url: &str, api: &str, directory: &Path) -> Result<Self> {
        let (seed, keys) = (seed_file(directory)?, sealing_keys_file(directory)?);
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
            set("SEALING_KEYS_FILE", &keys.to_string_lossy()),
            set("JOB_SPOOL", &beside("jobs")),
            set("MAIL_OUTBOX", &beside("outbox")),
            set("MAIL_FROM", "no-reply@example.com"),
            set("LINK_BASE", &Self::pages(api)),
            set("PASSKEY_DOMAIN", PASSKEY_DOMAIN),
            set("UNVERIFIED_DAYS", "7"),
            set("SIGN_UP", "open"),
            set("STAFF_NEEDS_SECOND_FACTOR", "false"),
            set("SUPERUSER_NEEDS_SECOND_FACTOR", "false"),
        ]))
    }

    /// Where the API at `api` has its pages, by the name of this machine: passkeys are for names, and not for addresses.
    pub fn pages(api: &str) -> String {
        format!("{}{}", api.replace("127.0.0.1", PASSKEY_DOMAIN), Self::PAGES)
    }

    /// The same variables, and who can sign up: `open` or `invited`.
    pub fn with_sign_up(self, who: &str) -> Self {
        self.with("SIGN_UP", who)
    }

    /// The same variables, and whether staff and superusers need a second factor.
    pub fn with_second_factor(self, is_needed: bool) -> Self {
        let value = is_needed.to_string();
        self.with("STAFF_NEEDS_SECOND_FACTOR", &value).with("SUPERUSER_NEEDS_SECOND_FACTOR", &value)
    }

    fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.0.retain(|(name, _)| *name != variable);
        self.0.push((variable, value.to_owned()));
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

/// Creates the file with the signing seed, if missing, and checks it. Overwriting the file rotates the key, like
/// overwriting the secret of a deployed stack.
fn seed_file(directory: &Path) -> Result<PathBuf> {
    let new = SigningSeed::generate(&OsEntropy).map_err(auth::Error::from)?;
    secret_file(directory, "signing-seed", &new, |text| SigningSeed::parse(text).map(drop))
}

/// Creates the file with the sealing keys, if missing, and checks it. Nothing else opens what they sealed in the database.
fn sealing_keys_file(directory: &Path) -> Result<PathBuf> {
    let new = SealingKeys::generate(&OsEntropy).map_err(auth::Error::from)?;
    secret_file(directory, "sealing-keys", &new, |text| SealingKeys::parse(text).map(drop))
}

/// Creates a file that only its owner can read, if missing, and checks its text.
fn secret_file(
    directory: &Path,
    name: &str,
    new_text: &str,
    check: impl FnOnce(&str) -> Result<(), auth::Error>,
) -> Result<PathBuf> {
    let directory = directory.canonicalize().map_err(io(directory.display().to_string()))?;
    let file = directory.join(name);
    let failed = || io(file.display().to_string());
    // Whole or not at all, also if the process is killed.
    let mut new = tempfile::Builder::new().suffix(".new").tempfile_in(&directory).map_err(failed())?;
    new.write_all(new_text.as_bytes()).map_err(failed())?;
    match new.persist_noclobber(&file) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => return Err(failed()(error.error)),
        _ => {}
    }
    // The endpoints would start without a usable secret, and answer 503: in a deployed stack it may be right again soon.
    let text = std::fs::read_to_string(&file).map_err(failed())?;
    match check(&text) {
        Ok(()) => Ok(file),
        Err(cause) => Err(Error::Secret { file: file.display().to_string(), cause }),
    }
}

//! The record of a suite: the grants that each function used, all log lines, and the secrets that must not be in them.
//! `TEST_RECORD=DIRECTORY` stores the record for `cargo test --test recorded`.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, Once};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use local::Grant;
use serde_json::Value;

static DIRECTORY: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::var_os("TEST_RECORD").map(PathBuf::from));
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static GRANTS: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("grants")));
static RESPONSES: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("responses")));
static SECRETS: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("secrets")));
static LOG: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("log")));

/// Lines of one kind, stored in a file if `TEST_RECORD` is set.
struct Notes {
    known: HashSet<String>,
    file: Option<File>,
}

/// The directory of the record, if `TEST_RECORD` is set.
pub fn directory() -> Option<&'static Path> {
    DIRECTORY.as_deref()
}

impl Notes {
    fn new(kind: &str) -> Self {
        let executable = std::env::current_exe().unwrap();
        let name = executable.file_stem().unwrap().to_str().unwrap().split('-').next().unwrap();
        let file = directory().map(|directory| {
            std::fs::create_dir_all(directory).unwrap();
            File::create(directory.join(format!("{name}-{}.{kind}", std::process::id()))).unwrap()
        });
        Self { known: HashSet::new(), file }
    }

    fn add(&mut self, line: &str) {
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}").unwrap();
        }
    }

    fn add_once(&mut self, line: String) {
        if self.file.is_some() && !self.known.contains(&line) {
            self.add(&line);
            self.known.insert(line);
        }
    }
}

/// Records that `function` used these grants.
pub fn grants(function: &str, used: &[Grant]) {
    let mut notes = GRANTS.lock().unwrap();
    for grant in used {
        notes.add_once(format!("{function}\t{grant}"));
    }
}

/// Records a response of `function`.
pub fn response(function: &str, status: u16, code: &str) {
    RESPONSES.lock().unwrap().add_once(format!("{function}\t{status}\t{code}"));
}

/// Records a text that must not be in any log.
pub fn secret(text: &str) {
    if text.chars().count() >= 8 {
        SECRETS.lock().unwrap().add_once(Value::from(text).to_string());
    }
}

/// Records the secrets in a JSON value: everything in members with names of secrets.
pub fn secrets(value: &Value) {
    const NAMES: [&str; 13] = [
        "password",
        "token",
        "email",
        "hash",
        "secret",
        "seed",
        "family",
        "digest",
        "salt",
        "challenge",
        "recovery_code",
        "mailed_code",
        "otpauth",
    ];
    match value {
        Value::Object(members) => {
            // Names of attributes, such as `email_epoch`, are not secret.
            for (name, member) in members.iter().filter(|(name, _)| *name != "ExpressionAttributeNames") {
                // Names of tables have a hyphen. Their contents need not be secret.
                let lower = name.to_lowercase();
                let secret = !name.contains('-') && NAMES.iter().any(|secret| lower.contains(secret));
                if secret { all(member) } else { secrets(member) }
            }
        }
        Value::Array(items) => items.iter().for_each(secrets),
        _ => {}
    }
}

fn all(value: &Value) {
    match value {
        Value::String(text) => {
            secret(text);
            // Several keys can be in one secret.
            if let Ok(members @ Value::Object(_)) = serde_json::from_str(text) {
                all(&members);
            }
            // Bytes are base64 in JSON. A log could have them in hex, or in Rust's debug format.
            if let (Ok(bytes), true) = (STANDARD.decode(text), text.len() >= 16) {
                secret(&bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
                secret(format!("{bytes:?}").trim_matches(['[', ']']));
            }
        }
        Value::Object(members) => members.values().for_each(all),
        Value::Array(items) => items.iter().for_each(all),
        _ => {}
    }
}

/// Captures the log of this process from now on, as CloudWatch would get it.
pub fn catch_log() {
    static START: Once = Once::new();
    START.call_once(|| api::start_log(|| Log, Some("Tests".to_owned()), catalogue::METRICS.iter().copied().flatten()));
}

/// Records log lines of another process.
pub fn log_lines(text: &str) {
    let mut notes = LOG.lock().unwrap();
    let mut lines = LINES.lock().unwrap();
    for line in text.lines() {
        notes.add(line);
        lines.push(line.to_owned());
    }
}

/// The log lines of one request so far.
pub fn events(request_id: &str) -> Vec<Value> {
    let lines = LINES.lock().unwrap();
    let ours = lines.iter().filter(|line| line.contains(request_id));
    ours.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The log lines with this text so far.
pub fn lines(text: &str) -> Vec<String> {
    LINES.lock().unwrap().iter().filter(|line| line.contains(text)).cloned().collect()
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        log_lines(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

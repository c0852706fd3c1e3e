//! What the suite did and said. With `TEST_RECORD=DIRECTORY` it is kept there, for `cargo test --test recorded`: the
//! grants that each function used, all log lines, and what must not be in them.

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
static ANSWERS: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("answers")));
static SECRETS: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("secrets")));
static LOG: LazyLock<Mutex<Notes>> = LazyLock::new(|| Mutex::new(Notes::new("log")));

/// Lines in a file, if the record is kept.
struct Notes {
    known: HashSet<String>,
    file: Option<File>,
}

/// Where the record is kept, if it is.
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

/// Notes that `function` used these grants.
pub fn grants(function: &str, used: &[Grant]) {
    let mut notes = GRANTS.lock().unwrap();
    for Grant { action, resource } in used {
        notes.add_once(format!("{function}\t{action}\t{resource}"));
    }
}

/// Notes that `function` answered this.
pub fn answer(function: &str, status: u16, code: &str) {
    ANSWERS.lock().unwrap().add_once(format!("{function}\t{status}\t{code}"));
}

/// Notes a text that must not be in any log.
pub fn secret(text: &str) {
    if text.chars().count() >= 8 {
        SECRETS.lock().unwrap().add_once(Value::from(text).to_string());
    }
}

/// Notes what is secret in a JSON value: members that are called so, and all in them.
pub fn secrets(value: &Value) {
    const NAMES: [&str; 9] = ["password", "token", "email", "hash", "secret", "seed", "family", "digest", "salt"];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                // But names of tables, which have a hyphen, say nothing about what is in them.
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
            // Bytes are base64 in JSON. A log could have them in hex, or as Rust shows them.
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

/// Catches the log of this process from now on, as CloudWatch would get it.
pub fn catch_log() {
    static START: Once = Once::new();
    START.call_once(|| api::start_log(|| Log, Some("Tests".to_owned()), catalogue::METRICS));
}

/// Notes log lines of another process.
pub fn log_lines(text: &str) {
    let mut notes = LOG.lock().unwrap();
    let mut lines = LINES.lock().unwrap();
    for line in text.lines() {
        notes.add(line);
        lines.push(line.to_owned());
    }
}

/// The log's events so far, of one request.
pub fn events(request_id: &str) -> Vec<Value> {
    let lines = LINES.lock().unwrap();
    let ours = lines.iter().filter(|line| line.contains(request_id));
    ours.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The log lines so far with this text.
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

//! Writes the filter of leaked passwords from lists with one password a line: see `assets/common_passwords.md`.
//!
//!     cargo run -p secure-endpoints-auth --example common_passwords -- OUTPUT LIST...

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fs;

use auth::{CommonPasswords, Error, NewPassword};

fn main() -> Result<(), Box<dyn StdError>> {
    let mut arguments = std::env::args().skip(1);
    let output = arguments.next().ok_or("name the file to write")?;
    let mut kept = BTreeSet::new();
    for list in arguments {
        let bytes = fs::read(&list)?;
        let text = String::from_utf8_lossy(&bytes);
        let (known, long) = (kept.len(), text.lines().filter(|line| is_long(line)).count());
        kept.extend(text.lines().filter(|line| is_let_through(line)).map(str::to_lowercase));
        println!("{list}: {} lines, {long} long enough, {} kept", text.lines().count(), kept.len() - known);
    }
    fs::write(&output, CommonPasswords::of(kept.iter().map(String::as_str)).as_bytes())?;
    println!("{output}: {} passwords", kept.len());
    Ok(())
}

fn is_long(password: &str) -> bool {
    NewPassword::parse(password).is_ok_and(|new| new.check_length().is_ok())
}

/// Whether the estimate alone accepts a password in a usual case of its letters. The others need no place in the filter.
fn is_let_through(password: &str) -> bool {
    let small = password.to_lowercase();
    let mut rest = small.chars();
    let name = rest.next().into_iter().flat_map(char::to_uppercase).chain(rest).collect::<String>();
    is_long(password) && [password, &small, &name, &small.to_uppercase()].into_iter().any(is_accepted)
}

fn is_accepted(password: &str) -> bool {
    match NewPassword::parse(password).and_then(|new| new.check(&[])) {
        // What the filter refuses, the estimate has accepted.
        Ok(()) | Err(Error::Password(CommonPasswords::REFUSED)) => true,
        Err(_) => false,
    }
}

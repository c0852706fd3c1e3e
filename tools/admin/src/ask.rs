use std::io::{BufRead, IsTerminal, Write};

use auth::NewPassword;
use identity::Account;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

pub fn failed(what: &str) -> impl FnOnce(std::io::Error) -> Error {
    let what = what.to_owned();
    move |source| Error::Io { what, source }
}

/// Reads a new password. On the terminal, asks for it twice.
pub fn new_password(from_stdin: bool) -> Result<NewPassword> {
    let text = secret(from_stdin)?;
    if !from_stdin && *prompt("Once more: ")? != *text {
        return Err(Error::Refused("the passwords differ".to_owned()));
    }
    Ok(NewPassword::parse(&text)?)
}

/// Reads a password from the terminal without echo, or from the first line of standard input.
pub fn secret(from_stdin: bool) -> Result<Zeroizing<String>> {
    if !from_stdin {
        return prompt("Password: ");
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).map_err(failed("standard input"))?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn prompt(text: &str) -> Result<Zeroizing<String>> {
    rpassword::prompt_password(text).map(Zeroizing::new).map_err(failed("the terminal (--password-stdin needs none)"))
}

/// Asks for confirmation on the terminal. Without a terminal, the answer is no.
pub fn confirm(yes: bool, what: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::NotConfirmed);
    }
    eprint!("{what} Type yes to go on: ");
    std::io::stderr().flush().map_err(failed("the terminal"))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(failed("the terminal"))?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Error::NotConfirmed) }
}

/// Asks on the terminal which account is meant by text that is the id of one and the username of another. Without a
/// terminal, nothing is done. `--yes` is no answer.
pub fn which(name: &str, by_id: Account, by_name: Account) -> Result<Account> {
    let shown = |account: &Account| format!("{} ({})", account.profile.username, account.profile.email);
    let both = format!("{name} is the id of {} and the username of {}", shown(&by_id), shown(&by_name));
    if !std::io::stdin().is_terminal() {
        return Err(Error::Refused(format!("{both}: name the account by its email; nothing was done")));
    }
    eprint!("{both}. Type id or username: ");
    std::io::stderr().flush().map_err(failed("the terminal"))?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(failed("the terminal"))?;
    match answer.trim() {
        "id" => Ok(by_id),
        "username" => Ok(by_name),
        _ => Err(Error::NotConfirmed),
    }
}

/// Whether a second factor can be offered.
pub fn can_enrol(no_enrol: bool) -> bool {
    !no_enrol && std::io::IsTerminal::is_terminal(&std::io::stdin())
}

//! Adds a second factor in the terminal: for accounts whose role counts only with one, and for owners who lost theirs.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, IsTerminal, Write};

use identity::{Account, Enrolments};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use zeroize::Zeroizing;

use crate::Context;
use crate::ask::failed;
use crate::error::{Error, Result};

/// How many codes are read.
const TRIES: usize = 3;

/// Black on white, whatever the colours of the terminal: not every app reads an inverted QR code.
const INK_AND_PAPER: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

type RecoveryCodes = Vec<Zeroizing<String>>;

/// A factor that the account is to get.
struct New<'a> {
    username: &'a str,
    secret: &'a str,
    uri: &'a str,
}

/// Offers to add a second factor in the terminal. Without one, or after another answer than yes, says how to add it.
pub async fn offer(context: &Context, account: &Account, no_enrol: bool) -> Result<()> {
    if no_enrol {
        return Ok(());
    }
    let added = match terminal() {
        Some(mut terminal) => in_terminal(context, account, &mut terminal).await?,
        None => false,
    };
    if !added {
        let name = &account.profile.username;
        eprintln!(
            "admin: {name} has no second factor; the owner adds one at /account/security, or you in a terminal with \
             `reset-factors {name}`"
        );
    }
    Ok(())
}

/// The terminal, if standard input is one. What is written to it gets into no file to which output is redirected.
fn terminal() -> Option<File> {
    let open = || OpenOptions::new().write(true).open("/dev/tty").ok();
    std::io::stdin().is_terminal().then(open).flatten()
}

/// Returns whether a factor was added.
async fn in_terminal(context: &Context, account: &Account, output: &mut File) -> Result<bool> {
    let username = account.profile.username.as_str();
    let mut input = std::io::stdin().lock();
    if !is_wanted(&mut input, output, username)? {
        return Ok(false);
    }
    let (enrolments, act) = (context.target.part::<Enrolments>()?, context.act());
    let clock = context.target.api.clock();
    let new = enrolments.begin_by(&act, account, clock.now())?;
    let check = async |code: &str| -> Result<Option<RecoveryCodes>> {
        let write = enrolments.confirm_by(&act, account, (&new, code), clock.now());
        let confirmed = api::recorded(write, |outcome| {
            let (user, factor) = (account.profile.id, new.id);
            tracing::info!(event = "factor_added", %user, %factor, by = "operator", outcome);
        });
        Ok(confirmed.await?.map(|codes| codes.texts().to_vec()))
    };
    let shown = New { username, secret: &new.secret, uri: &new.otpauth_uri };
    enrol(&mut input, output, &shown, check).await
}

fn is_wanted(input: &mut impl BufRead, output: &mut impl Write, username: &str) -> Result<bool> {
    say(output, &format!("Add an authenticator app to {username} now? Type yes to go on: "))?;
    Ok(*read(input)? == "yes")
}

/// Shows the new factor, reads codes of the app until one is right, and shows the recovery codes. Returns whether the
/// factor was added: not if a line is empty.
async fn enrol(
    input: &mut impl BufRead,
    output: &mut impl Write,
    new: &New<'_>,
    mut check: impl AsyncFnMut(&str) -> Result<Option<RecoveryCodes>>,
) -> Result<bool> {
    say(output, &instructions(new)?)?;
    for _ in 0..TRIES {
        say(output, "Code of the app, or nothing to stop: ")?;
        let code = read(input)?;
        if code.is_empty() {
            return Ok(false);
        }
        if let Some(codes) = check(&code).await? {
            say(output, &recovery(new.username, &codes))?;
            return Ok(true);
        }
        say(output, "This code is wrong. A code works once, and only while the clocks agree.\n")?;
    }
    Err(Error::NotEnrolled(new.username.to_owned()))
}

fn instructions(new: &New<'_>) -> Result<String> {
    let code = QrCode::with_error_correction_level(new.uri, EcLevel::L);
    let code = code.map_err(|error| Error::Refused(format!("the QR code: {error}")))?;
    let blocks = code.render::<Dense1x2>().build();
    let rows: String = blocks.lines().map(|row| format!("{INK_AND_PAPER}{row}{RESET}\n")).collect();
    let secret = in_fours(new.secret);
    Ok(format!("Scan this with the authenticator app:\n\n{rows}\nOr type the secret into the app: {secret}\n\n"))
}

/// Text in groups of four characters.
fn in_fours(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(4).map(|group| group.iter().collect()).collect::<Vec<String>>().join(" ")
}

fn recovery(username: &str, codes: &[Zeroizing<String>]) -> String {
    let lines: String = codes.iter().map(|code| format!("  {}\n", **code)).collect();
    format!(
        "{username} has a second factor now. Each of these recovery codes replaces the app once. They are never shown \
         again: keep them apart from the password.\n\n{lines}"
    )
}

/// A line without white space.
fn read(input: &mut impl BufRead) -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    input.read_line(&mut line).map_err(failed("the terminal"))?;
    Ok(Zeroizing::new(line.split_whitespace().collect()))
}

fn say(output: &mut impl Write, text: &str) -> Result<()> {
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(failed("the terminal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str = "123456";

    /// A dialogue over these lines: its result, what it showed, and the codes that were checked.
    async fn dialogue(lines: &str) -> (Result<bool>, String, Vec<String>) {
        let (mut input, mut output, mut checked) = (lines.as_bytes(), Vec::new(), Vec::new());
        let new = New {
            username: "root",
            secret: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            uri: "otpauth://totp/local:root?secret=ABCDEFGHIJKLMNOPQRSTUVWXYZ234567&issuer=local",
        };
        let check = async |code: &str| -> Result<Option<RecoveryCodes>> {
            checked.push(code.to_owned());
            let codes = || ["one", "two"].map(|code| Zeroizing::new(code.to_owned())).into();
            Ok((code == RIGHT).then(codes))
        };
        let result = enrol(&mut input, &mut output, &new, check).await;
        (result, String::from_utf8(output).unwrap(), checked)
    }

    #[tokio::test]
    async fn a_right_code_shows_the_recovery_codes_once() {
        let (result, shown, checked) = dialogue("123 456\nmore\n").await;
        assert!(result.unwrap());
        assert_eq!(checked, [RIGHT]);
        assert!(shown.contains("app: ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567\n"), "{shown}");
        let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with(INK_AND_PAPER)).collect();
        assert!(rows.len() > 10 && rows.iter().all(|row| row.ends_with(RESET)), "{shown}");
        assert!(shown.contains('\u{2580}') && shown.contains('\u{2584}'), "{shown}");
        assert!(shown.ends_with("\n\n  one\n  two\n"), "{shown}");
        assert!(!shown.contains("wrong"), "{shown}");
    }

    #[tokio::test]
    async fn a_right_code_counts_up_to_the_third_try() {
        let (result, shown, checked) = dialogue("000000\n111111\n123456\n").await;
        assert!(result.unwrap());
        assert_eq!(checked, ["000000", "111111", RIGHT]);
        assert_eq!(shown.matches("This code is wrong").count(), 2, "{shown}");
    }

    #[tokio::test]
    async fn three_wrong_codes_end_the_dialogue() {
        let (result, shown, checked) = dialogue("000000\n111111\n222222\n123456\n").await;
        assert!(matches!(result, Err(Error::NotEnrolled(name)) if name == "root"));
        assert_eq!(checked.len(), 3);
        assert!(!shown.contains("recovery"), "{shown}");
    }

    #[tokio::test]
    async fn an_empty_line_and_the_end_of_the_input_stop_without_a_check() {
        for lines in ["\n123456\n", "  \n", ""] {
            let (result, shown, checked) = dialogue(lines).await;
            assert!(!result.unwrap() && checked.is_empty(), "{lines:?}");
            assert!(!shown.contains("recovery"), "{shown}");
        }
    }

    #[test]
    fn only_yes_is_an_answer() {
        for (line, wanted) in
            [("yes\n", true), ("yes", true), ("y\n", false), ("\n", false), ("", false), ("no\n", false)]
        {
            let mut output = Vec::new();
            assert_eq!(is_wanted(&mut line.as_bytes(), &mut output, "root").unwrap(), wanted, "{line:?}");
            assert!(String::from_utf8(output).unwrap().contains("to root now?"));
        }
    }
}

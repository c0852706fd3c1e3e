//! What may be in the text of a source.

use crate::sources;

/// Types keep proofs from being forged by mistake. Whoever wants to could still bring keys and records of their own to
/// a guard, or a hash of their own to a password check: so nobody but the app does any of it.
#[test]
fn only_the_app_makes_what_makes_proofs() {
    let makers =
        ["Guard::new", "KeySource for", "LiveSource for", "SigningKey::new", "auth::issue", "PasswordPolicy::owasp"];
    let at_home =
        ["shared/auth/", "shared/api/src/app.rs", "shared/api/src/issuer.rs", "tests/", "tools/bench/src/auth.rs"];
    let sources_of_the_store = ["shared/dynamo/src/live.rs", "shared/dynamo/src/signing_keys.rs"];
    for (path, text) in sources() {
        let allowed = at_home.iter().chain(&sources_of_the_store).any(|place| path.starts_with(place));
        let found = makers.iter().find(|maker| text.contains(**maker));
        assert!(allowed || found.is_none(), "{path} makes proofs: {found:?}");
        let reads = ["users.credentials(", "addresses.signing_in(", "check_password("];
        let reads_anybody = reads.iter().any(|call| text.contains(call));
        let signs_in = ["functions/src/bin/tokens_", "shared/api/src/passwords.rs", "tests/"]
            .iter()
            .any(|place| path.starts_with(place));
        assert!(signs_in || !reads_anybody, "{path} reads accounts without a proof");
        let mails = ["functions/src/workers/mail_send.rs", "tests/"].iter().any(|place| path.starts_with(place));
        assert!(mails || !text.contains("users.recipient("), "{path} looks up whom to mail");
    }
}

/// Else the first request after a start pays for what could have been ready.
#[test]
fn endpoints_with_passwords_say_what_they_do_with_them() {
    let mut found = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("functions/src/bin/")) {
        let hashes = ["hash_password(", "check_password(", "verify_password("].iter().any(|call| text.contains(call));
        let expected = match (text.contains("new_password("), hashes) {
            (true, _) => "Passwords::Chosen;",
            (false, true) => "Passwords::Hashed;",
            (false, false) => continue,
        };
        assert!(text.contains(expected), "{path} lacks `const PASSWORDS: Passwords = {expected}`");
        found.push(expected);
    }
    assert_eq!((found.len(), found.iter().filter(|kind| kind.contains("Chosen")).count()), (6, 3), "{found:?}");
}

#[test]
fn sources_are_short_and_tests_do_not_sleep_or_hide() {
    // Put together here, so that this file does not trip over itself.
    let (sleep, ignore, todo) = (["sleep", "("].concat(), ["#[ign", "ore"].concat(), ["TO", "DO"].concat());
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= 400, "{path} has {lines} lines");
        assert!(!text.contains(&ignore), "{path} switches a test off");
        assert!(!text.contains(&todo), "{path} is unfinished");
        assert!(!path.starts_with("tests/") || !text.contains(&sleep), "{path} sleeps");
    }
}

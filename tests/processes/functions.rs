use std::process::Command;

use tests::{SEALING_KEYS, SEED, executable};

/// Starts a function with changed variables, which must fail. Returns its error and its log. `(name, "")` removes a variable.
fn refuses_to_start(function: &str, changes: &[(&str, &str)]) -> (String, String) {
    let (seed, keys) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    std::fs::write(seed.path(), SEED).unwrap();
    std::fs::write(keys.path(), SEALING_KEYS).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(local::Embedded::start(None, 0)).unwrap();
    let endpoint = database.url();
    let mut command = Command::new(executable(function));
    command.env_clear().envs([
        ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9"),
        ("AWS_LAMBDA_FUNCTION_NAME", function),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
        ("TABLE_PREFIX", "local-"),
        ("TOKEN_ISSUER", "local"),
        ("TOKEN_AUDIENCE", "local-api"),
        ("SIGNING_SEED_FILE", seed.path().to_str().unwrap()),
        ("SEALING_KEYS_FILE", keys.path().to_str().unwrap()),
        ("JOB_SPOOL", "nowhere"),
    ]);
    for (name, value) in changes {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    let output = command.output().unwrap();
    let logged = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{changes:?}: {said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{changes:?}: {said}");
    (said, logged)
}

#[test]
fn a_function_that_cannot_work_says_why_in_one_line() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(files.path().join(name), text).unwrap();
        files.path().join(name).to_str().unwrap().to_owned()
    };
    let empty = file("empty", "");
    let cases = [
        ("AWS_ACCESS_KEY_ID", "", "AWS_ACCESS_KEY_ID is not set"),
        ("AWS_SECRET_ACCESS_KEY", "", "AWS_SECRET_ACCESS_KEY is not set"),
        ("AWS_REGION", "", "AWS_REGION is not set"),
        ("TABLE_PREFIX", "", "TABLE_PREFIX is not set"),
        ("TOKEN_ISSUER", "", "TOKEN_ISSUER is not set"),
        ("AWS_LAMBDA_RUNTIME_API", "", "AWS_LAMBDA_RUNTIME_API is not set"),
        ("MISSING_TOKEN_STATUS", "404", "MISSING_TOKEN_STATUS must be 403 or 401"),
        ("PREWARM", "maybe", "PREWARM must be auto, on or off"),
        ("AWS_CA_BUNDLE", "/nonexistent", "AWS_CA_BUNDLE can't be used: /nonexistent"),
        ("AWS_CA_BUNDLE", &empty, "has no certificate"),
        ("EDGE_SECRET", "short", "EDGE_SECRET must be at least 32 visible ASCII characters"),
        ("STAFF_NEEDS_SECOND_FACTOR", "maybe", "STAFF_NEEDS_SECOND_FACTOR must be true or false"),
        ("SUPERUSER_NEEDS_SECOND_FACTOR", "1", "SUPERUSER_NEEDS_SECOND_FACTOR must be true or false"),
        ("ACCESS_TOKEN_SECONDS", "soon", "ACCESS_TOKEN_SECONDS must be a number of seconds"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "nowhere at all", "AWS_ENDPOINT_URL_DYNAMODB is no URL"),
        ("SIGNING_SEED_FILE", "", "SIGNING_SECRET_ID is not set"),
        ("JOB_SPOOL", "", "MAIL_QUEUE_URL is not set, and neither is JOB_SPOOL"),
    ];
    for (name, value, cause) in cases {
        let (said, _) = refuses_to_start("tokens_issue", &[(name, value)]);
        assert!(said.contains(cause), "{name}={value}: {said}");
        assert!(!said.contains(SEED), "{said}");
    }
    let (said, _) = refuses_to_start("mail_send", &[]);
    assert!(said.contains("mail_send can't start: MAIL_FROM is not set"), "{said}");
    for from in ["Shop <a@b>", "a@b,c@d", "a@b\r\nBcc: c@d", "a"] {
        let (said, _) = refuses_to_start("mail_send", &[("MAIL_FROM", from), ("LINK_BASE", "https://x")]);
        assert!(said.contains("MAIL_FROM must be an ASCII email address"), "{from}: {said}");
    }
    let (said, _) = refuses_to_start("mail_send", &[("MAIL_FROM", "a@b")]);
    assert!(said.contains("LINK_BASE is not set"), "{said}");
    let site = [("PASSKEY_DOMAIN", "example.com"), ("LINK_BASE", "https://example.org/account")];
    let (said, _) = refuses_to_start("passkey_challenge", &site);
    assert!(said.contains("PASSKEY_DOMAIN"), "{said}");
    let (said, _) = refuses_to_start("tokens_second_factor", &[("SEALING_KEYS_FILE", "")]);
    assert!(said.contains("SEALING_SECRET_ID is not set"), "{said}");
    // A sign-in never opens the secrets of authenticators, so the error is the next one.
    let (said, _) = refuses_to_start("tokens_issue", &[("SEALING_KEYS_FILE", ""), ("TABLE_PREFIX", "")]);
    assert!(said.contains("TABLE_PREFIX is not set"), "{said}");
    // A function that signs nothing needs no seed, so the error is the next one.
    let (said, _) = refuses_to_start("jwks", &[("SIGNING_SEED_FILE", ""), ("TABLE_PREFIX", "")]);
    assert!(said.contains("TABLE_PREFIX is not set"), "{said}");
}

/// An environment without DynamoDB, with this `PREWARM`.
fn away(prewarm: &str) -> [(&str, &str); 2] {
    [("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9"), ("PREWARM", prewarm)]
}

/// Whether a process prepares shows in its log, because DynamoDB is out of reach.
#[test]
fn what_a_start_prepares_depends_on_the_endpoint_and_on_who_waits() {
    const STARTED_AS: &str = "AWS_LAMBDA_INITIALIZATION_TYPE";
    // (PREWARM, how Lambda starts the process, whether `users_me` prepares, whether `tokens_issue` does)
    let cases = [
        ("", "", false, true),
        ("auto", "on-demand", false, true),
        ("auto", "provisioned-concurrency", true, true),
        ("auto", "snap-start", true, true),
        ("auto", "lambda-managed-instances", true, true),
        ("on", "on-demand", true, true),
        ("off", "provisioned-concurrency", false, false),
    ];
    for (prewarm, started_as, plain, hashing) in cases {
        for (function, prepares) in [("users_me", plain), ("tokens_issue", hashing)] {
            let [url, prewarm] = away(prewarm);
            let (_, logged) = refuses_to_start(function, &[url, prewarm, (STARTED_AS, started_as)]);
            assert_eq!(logged.contains("start_incomplete"), prepares, "{function} {prewarm:?} {started_as}: {logged}");
        }
    }
}

/// Nothing that can pass by itself ends a start. So the error is the runtime, which is out of reach in this test.
#[test]
fn a_function_starts_while_a_store_is_away() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(files.path().join(name), text).unwrap();
        files.path().join(name).to_str().unwrap().to_owned()
    };
    let (empty, short, odd) = (file("empty", ""), file("short", "abc"), file("odd", &"g".repeat(64)));
    let [url, on] = away("on");
    let mail = [("MAIL_FROM", "a@b"), ("LINK_BASE", "https://x"), url, on];
    let cases: &[(&str, &[(&str, &str)], &str)] = &[
        ("tokens_issue", &[("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")], "start_incomplete"),
        ("users_me", &away("on"), "start_incomplete"),
        ("health", &away("on"), "start_incomplete"),
        ("jwks", &away("on"), "start_incomplete"),
        ("mail_send", &mail, "start_incomplete"),
        ("tokens_issue", &[("SIGNING_SEED_FILE", &empty)], "the signing seed is empty"),
        ("tokens_issue", &[("SIGNING_SEED_FILE", &short)], "the signing seed is not 64 characters long"),
        ("tokens_refresh", &[("SIGNING_SEED_FILE", &odd)], "the signing seed is not hexadecimal"),
        ("tokens_refresh", &[("SIGNING_SEED_FILE", "/nonexistent")], "seed_unreadable"),
        (
            "tokens_issue",
            &[("SIGNING_SECRET_ID", "x"), ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")],
            "seed_unreadable",
        ),
    ];
    for (function, changes, event) in cases {
        let (said, logged) = refuses_to_start(function, changes);
        assert!(
            said.contains("can't start") && !said.contains("seed") && !said.contains("Dynamo"),
            "{changes:?}: {said}"
        );
        assert!(logged.contains(event), "{function} {changes:?}: {logged}");
    }
}

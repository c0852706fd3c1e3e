//! Second factors, as operators handle them: they add one in a terminal, remove all of a user, and add sealing keys.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use auth::TotpSecret;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{executable, record};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdout, Command as AsyncCommand};
use tokio::time::timeout;

use crate::admin::{PASSWORD, admin, admin_json, me, sign_in};
use crate::operators::{acts, assert_nothing, done};
use crate::{Local, call, call_with};

/// Longer than any step takes.
const LONG: Duration = Duration::from_secs(30);

const ROOT: [&str; 7] =
    ["create-superuser", "--username", "root", "--email", "root@example.com", "--staff", "--password-stdin"];

/// A command of `admin` in a terminal. `script`, of Debian's base system, is the terminal.
struct Terminal {
    process: Child,
    screen: ChildStdout,
    /// What the screen showed since the last text that a test waited for.
    seen: Vec<u8>,
}

impl Terminal {
    fn start(data: &Path, arguments: &[&str]) -> Self {
        let (admin, data) = (executable("admin"), data.display());
        let admin = format!("exec '{}' --local --data '{data}' {}", admin.display(), arguments.join(" "));
        let mut command = AsyncCommand::new("script");
        command.args(["-qec", &admin, "/dev/null"]).env("SHELL", "/bin/sh");
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().expect("script");
        let screen = process.stdout.take().unwrap();
        Self { process, screen, seen: Vec::new() }
    }

    async fn types(&mut self, line: &str) {
        let keys = format!("{line}\n");
        self.process.stdin.as_mut().unwrap().write_all(keys.as_bytes()).await.unwrap();
    }

    /// Waits for a text. Returns what the screen showed before it.
    async fn shows(&mut self, text: &str) -> String {
        loop {
            let found = self.seen.windows(text.len()).position(|seen| seen == text.as_bytes());
            if let Some(at) = found {
                let after = self.seen.split_off(at + text.len());
                let before = std::mem::replace(&mut self.seen, after);
                return String::from_utf8_lossy(&before).into_owned();
            }
            let read = timeout(LONG, self.screen.read_buf(&mut self.seen)).await;
            let went_on = read.is_ok_and(|read| read.unwrap() > 0);
            assert!(went_on, "no `{text}`: {}", String::from_utf8_lossy(&self.seen));
        }
    }

    /// Waits for the end. Returns the exit code, and the rest of the screen.
    async fn ends(mut self) -> (i32, String) {
        timeout(LONG, self.screen.read_to_end(&mut self.seen)).await.expect("it ends").unwrap();
        let status = self.process.wait().await.unwrap();
        (status.code().unwrap(), String::from_utf8_lossy(&self.seen).into_owned())
    }
}

/// An authenticator app, and the recovery codes.
struct App {
    secret: TotpSecret,
    /// The step of the code that added the factor.
    step: u64,
    recovery_codes: Vec<String>,
}

impl App {
    /// Adds a second factor in the terminal.
    async fn added_in(mut terminal: Terminal, username: &str) -> Self {
        terminal.shows(&format!("Add an authenticator app to {username} now?")).await;
        terminal.types("yes").await;
        let shown = terminal.shows("Code of the app").await;
        let (code, secret) = shown.split_once("into the app: ").expect(&shown);
        assert!(code.contains('\u{2580}') && code.contains('\u{2584}'), "no QR code: {shown}");
        let secret = secret.lines().next().unwrap_or_default().trim();
        assert!(secret.split(' ').all(|group| group.len() == 4), "{secret}");
        let secret = secret.replace(' ', "");
        record::secret(&secret);
        let secret = TotpSecret::from_base32(&secret).unwrap();
        let mut app = Self { secret, step: 0, recovery_codes: Vec::new() };

        terminal.types(&app.wrong()).await;
        terminal.shows("This code is wrong").await;
        terminal.shows("Code of the app").await;
        app.step = now();
        terminal.types(&app.secret.code_at(app.step)).await;
        terminal.shows("never shown again").await;
        let (code, rest) = terminal.ends().await;
        assert_eq!(code, 0, "{rest}");
        app.recovery_codes =
            rest.lines().filter_map(|line| line.strip_prefix("  ")).map(|code| code.trim().to_owned()).collect();
        assert_eq!(app.recovery_codes.len(), 10, "{rest}");
        app.recovery_codes.iter().for_each(|code| record::secret(code));
        app
    }

    /// A code for one sign-in. Each step counts once, so it is the one after the step that added the factor.
    fn next(&self) -> String {
        self.secret.code_at(self.step + 1)
    }

    /// A code that is wrong now, and for a while.
    fn wrong(&self) -> String {
        let valid: Vec<_> = (now() - 2..now() + 10).map(|step| self.secret.code_at(step)).collect();
        (0..).map(|number| format!("{number:06}")).find(|code| !valid.contains(code)).unwrap()
    }
}

/// The step of the current time.
fn now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap() / TotpSecret::STEP
}

/// Signs in with the password, which must not be enough, and with a member of the second step.
async fn sign_in_twice(url: &str, last: u8, account: [&str; 2], (name, value): (&str, &str)) -> (u16, Value) {
    let [username, password] = account;
    let (status, body) = sign_in(url, last, username, password).await;
    assert_eq!((status, &body["code"]), (401, &json!("second_factor_required")), "{body}");
    let second = json!({ "challenge": body["challenge"], name: value }).to_string();
    let (status, body) = call("POST", &format!("{url}/v1/auth/token/second-factor"), [127, 0, 1, last], &second).await;
    (status, serde_json::from_str(&body).unwrap())
}

/// The status of a list that only staff reads.
async fn list(url: &str, tokens: &Value) -> u16 {
    let token = tokens["access_token"].as_str().unwrap();
    call_with("GET", &format!("{url}/v1/users"), [127, 0, 0, 1], "", token).await.0
}

/// Creates a superuser, who gets a second factor in the terminal.
async fn root(data: &Path) -> App {
    let mut terminal = Terminal::start(data, &ROOT);
    terminal.types(PASSWORD).await;
    terminal.shows("created superuser root").await;
    App::added_in(terminal, "root").await
}

const AS_ROOT: [&str; 2] = ["root", PASSWORD];

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_gets_a_second_factor_in_the_terminal_and_signs_in_with_it() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0", "--second-factor"]).await;
    let (data, url) = (data.path(), local.url.as_str());
    let (status, tokens) = sign_in(url, 1, "staff", identity::demo::PASSWORD).await;
    assert_eq!((status, list(url, &tokens).await), (200, 401), "a role needs a second factor: {tokens}");

    let before = acts(data);
    let app = root(data).await;
    let acts: Vec<Value> = acts(data).into_iter().filter(|act| !before.contains(act)).collect();
    let [added, created] = &acts[..] else { panic!("{acts:#?}") };
    assert_eq!((&created["action"], &added["action"]), (&json!("user_created"), &json!("factor_added")));
    assert_eq!(created["subject"], added["subject"]);

    let (status, tokens) = sign_in_twice(url, 2, AS_ROOT, ("code", &app.next())).await;
    assert_eq!((status, list(url, &tokens).await), (200, 200), "{tokens}");
    assert_eq!(sign_in_twice(url, 2, AS_ROOT, ("code", &app.wrong())).await.0, 422);
    let recovery = ("recovery_code", app.recovery_codes[0].as_str());
    assert_eq!(sign_in_twice(url, 3, AS_ROOT, recovery).await.0, 200);
    assert_eq!(sign_in_twice(url, 3, AS_ROOT, recovery).await.0, 422, "each code replaces the app once");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_option_roles_need_no_second_factor() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
    let (_, tokens) = sign_in(&local.url, 1, "staff", identity::demo::PASSWORD).await;
    assert_eq!(list(&local.url, &tokens).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_or_a_right_code_there_is_no_second_factor() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
    let data = data.path();
    let mut terminal = Terminal::start(data, &ROOT);
    terminal.types(PASSWORD).await;
    terminal.shows("Type yes to go on: ").await;
    terminal.types("no").await;
    let (code, rest) = terminal.ends().await;
    assert!(code == 0 && rest.contains("root has no second factor;"), "{code}: {rest}");
    assert_eq!(sign_in(&local.url, 1, "root", PASSWORD).await.0, 200);

    let mut terminal = Terminal::start(data, &["--yes", "reset-factors", "root"]);
    terminal.shows("Type yes to go on: ").await;
    terminal.types("yes").await;
    for _ in 0..3 {
        terminal.shows("Code of the app").await;
        terminal.types("no code").await;
    }
    let (code, rest) = terminal.ends().await;
    assert!(code == 1 && rest.contains("no code was right, so root has no second factor"), "{code}: {rest}");
    assert_eq!(sign_in(&local.url, 2, "root", PASSWORD).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_reset_of_factors_the_sessions_have_ended_and_the_password_alone_signs_in() {
    let data = tempfile::tempdir().unwrap();
    let local = Local::start(data.path(), &["--db-port", "0"]).await;
    let (data, url) = (data.path(), local.url.as_str());
    let app = root(data).await;
    let (status, tokens) = sign_in_twice(url, 1, AS_ROOT, ("code", &app.next())).await;
    assert_eq!((status, me(url, &tokens).await), (200, 200), "{tokens}");

    assert_nothing(data, &["reset-factors", "root"], 4);
    assert_nothing(data, &["--yes", "reset-factors", "nobody"], 3);
    assert_eq!(me(url, &tokens).await, 200, "nothing was done");
    let acts = done(data, || {
        let (code, out, log) = admin(data, &["--yes", "--json", "reset-factors", "root"], "");
        let reset: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &reset["removed"]), (0, &json!(1)), "{log}");
        assert_eq!(log.matches(r#""event":"factor_removed""#).count(), 1, "{log}");
        assert!(log.contains("root has no second factor;"), "there is no terminal: {log}");
    });
    let [act] = &acts[..] else { panic!("{acts:#?}") };
    assert_eq!(act["action"], "factor_removed");
    assert!(act["subject"].as_str().unwrap().starts_with("users/"), "{act}");
    assert_eq!(me(url, &tokens).await, 401);
    let (status, tokens) = sign_in(url, 2, "root", PASSWORD).await;
    assert_eq!((status, me(url, &tokens).await), (200, 200), "{tokens}");

    // Another one, in the terminal.
    let terminal = Terminal::start(data, &["--yes", "reset-factors", "root"]);
    let app = App::added_in(terminal, "root").await;
    assert_eq!(sign_in_twice(url, 3, AS_ROOT, ("code", &app.next())).await.0, 200);
    let (code, _, log) = admin(data, &["--yes", "reset-factors", "root", "--no-enrol"], "");
    assert!(code == 0 && !log.contains("no second factor"), "{code}: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_new_sealing_key_the_older_ones_open_what_they_sealed() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let database = Local::start(data, &["--database-only", "--db-port", "0"]).await;
    // A server that starts has no keys in memory.
    let start = async || Local::start(data, &["--database", &database.url]).await;
    let file = data.join("sealing-keys");
    let keys = || serde_json::from_slice::<Value>(&std::fs::read(&file).unwrap()).unwrap();
    let (first, of_root) = (keys(), root(data).await);

    let acts = done(data, || assert_eq!(admin_json(data, &["add-sealing-key"]), json!({ "number": 2 })));
    let mut actions: Vec<&str> = acts.iter().map(|act| act["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, ["sealing_key_add_intended", "sealing_key_added"], "{acts:#?}");
    assert!(acts.iter().all(|act| act["subject"] == "sealing_keys"), "{acts:#?}");
    let both = keys();
    assert!(both["1"] == first["1"] && both["2"] != both["1"], "the first key stays, and the second is another");
    assert_eq!((first.as_object().unwrap().len(), both.as_object().unwrap().len()), (1, 2));
    let rows = Value::from(acts).to_string();
    assert!(!rows.contains(both["1"].as_str().unwrap()) && !rows.contains(both["2"].as_str().unwrap()));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let as_staff = ["staff", identity::demo::PASSWORD];
    let terminal = Terminal::start(data, &["--yes", "reset-factors", "staff"]);
    let of_staff = App::added_in(terminal, "staff").await;
    let local = start().await;
    assert_eq!(sign_in_twice(&local.url, 1, AS_ROOT, ("code", &of_root.next())).await.0, 200);
    assert_eq!(sign_in_twice(&local.url, 2, as_staff, ("code", &of_staff.next())).await.0, 200);

    // A key that is missing is no reason to refuse a code.
    std::fs::write(&file, first.to_string()).unwrap();
    let local = start().await;
    assert_eq!(sign_in_twice(&local.url, 3, as_staff, ("code", &of_staff.next())).await.0, 503);
    let recovery = ("recovery_code", of_root.recovery_codes[0].as_str());
    assert_eq!(sign_in_twice(&local.url, 4, AS_ROOT, recovery).await.0, 200);
}

//! The files of the local server, which nobody else on this machine can read.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tests::executable;
use tokio::process::Command as AsyncCommand;

use crate::{Local, call};

/// The permissions of group and others.
const OF_OTHERS: u32 = 0o077;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A directory and everything in it.
fn all(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    for entry in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { found.extend(all(&entry)) } else { found.push(entry) }
    }
    found
}

/// Starts `local` with a umask.
async fn start(umask: &str, options: &[&str], temporary: &Path) -> Local {
    let mut command = AsyncCommand::new("sh");
    command.arg("-c").arg(format!("umask {umask}; exec \"$0\" \"$@\"")).arg(executable("local"));
    command.args(["--port", "0", "--db-port", "0"]).args(options).env("TMPDIR", temporary);
    Local::ready(command).await
}

/// Requests a mail that is sent at once, and one that waits. Returns when the first is in the outbox.
pub(crate) async fn write_mails_and_jobs(local: &Local, directory: &Path) {
    let post = async |path: &str, body: serde_json::Value| {
        call("POST", &format!("{}{path}", local.url), [127, 0, 0, 1], &body.to_string()).await.0
    };
    let reset = json!({ "email": "staff@example.com" });
    assert_eq!(post("/v1/auth/password-reset", reset).await, 202);
    let sign_up = json!({ "username": "ada", "email": "ada@example.com", "password": "nine-patient-herons" });
    assert_eq!(post("/v1/users", sign_up).await, 201);
    let is_mail = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "eml");
    while !all(directory).iter().any(is_mail) {
        tokio::task::yield_now().await;
    }
}

/// Checks everything in the data directory, which must have these files and a job.
#[track_caller]
fn assert_closed(directory: &Path, files: &[&str], case: &str) {
    let found = all(directory);
    for file in files {
        assert!(found.contains(&directory.join(file)), "{case}: no {file} in {found:?}");
    }
    assert!(found.iter().any(|file| file.starts_with(directory.join("jobs")) && file.is_file()), "{case}: {found:?}");
    // A job that is done is deleted at any time.
    for path in found.iter().filter(|path| path.exists()) {
        let mode = std::fs::symlink_metadata(path).map_or(0, |metadata| metadata.permissions().mode() & 0o7777);
        assert_eq!(mode & OF_OTHERS, 0, "{case}: {} has mode {mode:o}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_local_keeps_is_open_to_others() {
    for umask in ["022", "000"] {
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        let local = start(umask, &["--ephemeral"], folder.path()).await;
        let directory = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        write_mails_and_jobs(&local, &directory).await;
        assert_closed(&directory, &["signing-seed", "sealing-keys", "env"], &format!("--ephemeral, umask {umask}"));

        let (new, empty) = (folder.path().join("a/new"), folder.path().join("empty"));
        std::fs::create_dir(&empty).unwrap();
        set_mode(&empty, 0o777);
        for data in [new, empty] {
            let local = start(umask, &["--data", data.to_str().unwrap()], folder.path()).await;
            write_mails_and_jobs(&local, &data).await;
            let files = ["signing-seed", "sealing-keys", "env", "dynamodb.sqlite"];
            assert_closed(&data, &files, &format!("{}, umask {umask}", data.display()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_data_directory_is_closed_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ["--data", data.to_str().unwrap()];
    let local = start("022", &options, folder.path()).await;
    write_mails_and_jobs(&local, &data).await;
    drop(local);
    for path in all(&data) {
        set_mode(&path, if path.is_dir() { 0o777 } else { 0o666 });
    }
    let _local = start("022", &options, folder.path()).await;
    let files = ["signing-seed", "sealing-keys", "env", "dynamodb.sqlite", "outbox"];
    assert_closed(&data, &files, "opened by hand");
}

/// Runs `local`, which must refuse the data directory with one line. Returns the line.
async fn refused(data: &Path) -> String {
    let mut command = AsyncCommand::new(executable("local"));
    command.args(["--port", "0", "--db-port", "0", "--data", data.to_str().unwrap()]).kill_on_drop(true);
    let ends = tokio::time::timeout(Duration::from_secs(10), command.output());
    let output = ends.await.unwrap_or_else(|_| panic!("{}: it runs", data.display())).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    said
}

/// Another user can put links into an open directory, and would read what the server writes through them.
#[tokio::test]
async fn local_refuses_an_open_data_directory_with_links() {
    for name in [
        "signing-seed",
        "sealing-keys",
        "dynamodb.sqlite",
        "dynamodb.sqlite-wal",
        "env",
        "jobs",
        "outbox",
        "outbox/mail.eml",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (data, elsewhere) = (folder.path().join("data"), folder.path().join("elsewhere"));
        std::fs::create_dir(&data).unwrap();
        std::fs::write(&elsewhere, "ab".repeat(32)).unwrap();
        std::fs::create_dir_all(data.join(name).parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(&elsewhere, data.join(name)).unwrap();
        if name != "signing-seed" {
            std::fs::write(data.join("signing-seed"), "ab".repeat(32)).unwrap();
        }
        set_mode(&data, 0o777);
        let said = refused(&data).await;
        assert!(said.contains(&format!("{name} is a link")), "{name}: {said}");
        assert_eq!(mode(&data), 0o777, "{name}: nothing was changed");
    }
}

#[tokio::test]
async fn local_neither_uses_nor_closes_an_open_directory_of_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter"), "").unwrap();
    for open in [0o755, 0o750, 0o701, 0o1777] {
        set_mode(folder.path(), open);
        let said = refused(folder.path()).await;
        assert!(said.contains("is open to other users, and not a data directory"), "{open:o}: {said}");
        assert_eq!(mode(folder.path()), open);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{open:o}: nothing was written");
    }
}

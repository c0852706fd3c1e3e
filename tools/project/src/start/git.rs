use std::path::Path;
use std::process::Command;

use crate::{Error, Result};

/// Refuses if `git diff` could not show what a command changed, and `git checkout` could not take it back.
///
/// # Errors
/// When this is no git repository, or has changes that are not committed.
pub fn check_clean(root: &Path) -> Result<()> {
    let changed = git(root, &["status", "--porcelain", "-z", "--no-renames"])?;
    let mut changed = changed.split_terminator('\0').filter_map(|line| line.get(3..));
    let Some(first) = changed.next() else { return Ok(()) };
    let more = match changed.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Err(Error::Refused(format!("Changes are not committed ({first}{more}): commit them first, or pass --allow-dirty")))
}

/// The paths of all files that git has or would add.
///
/// # Errors
/// When the root is not the root of a git repository.
pub fn files(root: &Path) -> Result<Vec<String>> {
    if !git(root, &["rev-parse", "--show-prefix"])?.trim().is_empty() {
        return Err(Error::Refused(format!("{} is inside of another git repository: {INIT}", root.display())));
    }
    let listed = git(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let is_file = |path: &&str| root.join(path).symlink_metadata().is_ok_and(|file| file.is_file());
    Ok(listed.split_terminator('\0').filter(is_file).map(str::to_owned).collect())
}

const INIT: &str = "run `git init && git add . && git commit -m Start` first";

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let done = Command::new("git").args(arguments).current_dir(root).output().map_err(Error::io("git"))?;
    let said = String::from_utf8_lossy(if done.status.success() { &done.stdout } else { &done.stderr }).into_owned();
    match said.lines().next() {
        Some(first) if !done.status.success() && first.contains("not a git repository") => {
            Err(Error::Refused(format!("{} is no git repository: {INIT}", root.display())))
        }
        _ if !done.status.success() => Err(Error::Refused(format!("git {}: {}", arguments.join(" "), said.trim()))),
        _ => Ok(said),
    }
}

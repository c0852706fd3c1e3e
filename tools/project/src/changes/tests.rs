#![allow(clippy::unwrap_used)]
use super::*;

fn repository() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("old"), "old").unwrap();
    root
}

#[test]
fn changes_are_made_together() {
    let root = repository();
    let mut changes = Changes::new(root.path());
    changes.create("new/file", "one").unwrap();
    changes.edit("new/file", |text| Ok(format!("{text} two"))).unwrap();
    changes.delete("old").unwrap();
    assert!(root.path().join("old").exists() && !root.path().join("new").exists(), "not before apply");
    assert_eq!(changes.apply().unwrap(), ["created new/file", "deleted old"]);
    assert_eq!(fs::read_to_string(root.path().join("new/file")).unwrap(), "one two");
    assert!(!root.path().join("old").exists());
}

#[test]
fn nothing_is_overwritten() {
    let root = repository();
    let mut changes = Changes::new(root.path());
    assert_eq!(changes.create("old", "new").unwrap_err().to_string(), "old: exists, and is not overwritten");
    assert_eq!(changes.delete("none").unwrap_err().to_string(), "none: is missing");
    assert!(changes.apply().unwrap().is_empty());
    assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "old");
}

#[test]
fn a_failure_takes_the_earlier_changes_back() {
    let root = repository();
    let mut changes = Changes::new(root.path());
    changes.create("a", "new").unwrap();
    // `old` is a file, so it can't become a folder.
    changes.create("old/file", "new").unwrap();
    assert!(changes.apply().unwrap_err().to_string().starts_with("old/file: "));
    assert!(!root.path().join("a").exists());
    assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "old");
}

#[test]
fn a_failure_after_the_changes_takes_them_back() {
    let root = repository();
    let mut changes = Changes::new(root.path());
    changes.create("new/file", "new").unwrap();
    changes.delete("old").unwrap();
    let then = || {
        assert!(root.path().join("new/file").exists() && !root.path().join("old").exists());
        Err(Error::Refused("no".to_owned()))
    };
    assert_eq!(changes.apply_and(then).unwrap_err().to_string(), "no");
    assert!(!root.path().join("new").exists());
    assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "old");
}

#[cfg(unix)]
#[test]
fn a_moved_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;

    let root = repository();
    fs::set_permissions(root.path().join("old"), Permissions::from_mode(0o755)).unwrap();
    let mut changes = Changes::new(root.path());
    changes.rename("old", "new").unwrap();
    assert_eq!(changes.apply().unwrap(), ["created new", "deleted old"]);
    assert_eq!(fs::metadata(root.path().join("new")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(!root.path().join("old").exists());
}

#[test]
fn what_a_failure_wrote_into_a_kept_file_is_taken_back() {
    let root = repository();
    let mut changes = Changes::new(root.path());
    changes.keep("old").unwrap();
    let write = |text: &str| fs::write(root.path().join("old"), text).map_err(Error::io("old"));
    let failed = changes.apply_and(|| write("new").and(Err(Error::Refused("no".to_owned()))));
    assert_eq!(failed.unwrap_err().to_string(), "no");
    assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "old");
    assert!(changes.apply_and(|| write("new")).unwrap().is_empty());
    assert_eq!(fs::read_to_string(root.path().join("old")).unwrap(), "new");
}

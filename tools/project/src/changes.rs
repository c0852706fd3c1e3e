use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::file::File;

/// Changes of the repository that are made together, or not at all. Later changes see earlier ones.
#[derive(Debug)]
pub struct Changes {
    root: PathBuf,
    /// The new text of each changed file. `None`: it is deleted.
    files: BTreeMap<String, Option<String>>,
}

impl Changes {
    /// No change yet. `root` is the folder of the repository.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new() }
    }

    /// Whether a file exists after the changes.
    pub fn exists(&self, path: &str) -> bool {
        self.files.get(path).map_or_else(|| self.root.join(path).exists(), Option::is_some)
    }

    /// The text of a file after the changes.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn text(&self, path: &str) -> Result<String> {
        match self.files.get(path) {
            Some(Some(text)) => Ok(text.clone()),
            Some(None) => Err(Error::form(path, "is deleted")),
            None => Ok(File::current(&self.root, path)?.text),
        }
    }

    /// Creates a file.
    ///
    /// # Errors
    /// When it exists: nothing is overwritten.
    pub fn create(&mut self, path: &str, text: impl Into<String>) -> Result<()> {
        if self.exists(path) {
            return Err(Error::form(path, "exists, and is not overwritten"));
        }
        self.files.insert(path.to_owned(), Some(text.into()));
        Ok(())
    }

    /// Changes the text of a file.
    ///
    /// # Errors
    /// When there is no such file, or the change refuses its text.
    pub fn edit(&mut self, path: &str, change: impl FnOnce(&str) -> Result<String, String>) -> Result<()> {
        let file = File::new(path, self.text(path)?).replaced(change)?;
        self.files.insert(file.path, Some(file.text));
        Ok(())
    }

    /// Deletes a file.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn delete(&mut self, path: &str) -> Result<()> {
        if !self.exists(path) {
            return Err(Error::form(path, "is missing"));
        }
        self.files.insert(path.to_owned(), None);
        Ok(())
    }

    /// Makes the changes. Returns a line about each, such as `created orders/src/lib.rs`.
    ///
    /// # Errors
    /// When a file can't be written. Then the earlier changes are taken back.
    pub fn apply(&self) -> Result<Vec<String>> {
        let before: Vec<(&String, Option<Vec<u8>>)> =
            self.files.keys().map(|path| Ok((path, self.stored(path)?))).collect::<Result<_>>()?;
        let mut done = Vec::new();
        for (path, text) in &self.files {
            if let Err(failed) = self.set(path, text.as_deref().map(str::as_bytes)) {
                // The first failure is the one to report.
                before.iter().for_each(|(path, old)| drop(self.set(path, old.as_deref())));
                return Err(failed);
            }
            let old = before.iter().find(|(changed, _)| *changed == path).and_then(|(_, old)| old.as_deref());
            let verb = match (old, text) {
                (None, _) => "created",
                (_, None) => "deleted",
                (Some(old), Some(text)) if old == text.as_bytes() => continue,
                _ => "changed",
            };
            done.push(format!("{verb} {path}"));
        }
        Ok(done)
    }

    fn stored(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match fs::read(self.root.join(path)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    fn set(&self, path: &str, text: Option<&[u8]>) -> Result<()> {
        let file = self.root.join(path);
        let done = match text {
            Some(text) => file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&file, text)),
            None if file.exists() => fs::remove_file(&file),
            None => Ok(()),
        };
        done.map_err(Error::io(path))
    }
}

#[cfg(test)]
mod tests {
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
}

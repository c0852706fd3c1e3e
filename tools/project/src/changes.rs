use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::file::File;

/// Changes of the repository that are made together, or not at all. Later changes see earlier ones.
#[derive(Debug)]
pub struct Changes {
    root: PathBuf,
    /// The new text of each changed file. `None`: it is deleted.
    files: BTreeMap<String, Option<String>>,
    /// The old path of each moved file.
    moved: BTreeMap<String, String>,
}

/// A file before the changes.
struct Stored {
    text: Vec<u8>,
    permissions: Permissions,
}

impl Changes {
    /// No change yet. `root` is the folder of the repository.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: BTreeMap::new(), moved: BTreeMap::new() }
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

    /// The text of a file after the changes, if it is there and is text.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn text_if_any(&self, path: &str) -> Result<Option<String>> {
        match self.files.get(path) {
            Some(text) => Ok(text.clone()),
            None => Ok(self.stored(path)?.and_then(|file| String::from_utf8(file.text).ok())),
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

    /// Leaves a file as it is. If what comes after the changes fails, the file gets this text back.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn keep(&mut self, path: &str) -> Result<()> {
        self.edit(path, |text| Ok(text.to_owned()))
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

    /// Changes the text of each changed file whose path is chosen.
    ///
    /// # Errors
    /// When the change fails.
    pub fn edit_each(
        &mut self,
        is_chosen: impl Fn(&str) -> bool,
        change: impl Fn(&str, &str) -> Result<String>,
    ) -> Result<()> {
        let chosen = self.files.iter_mut().filter(|(path, _)| is_chosen(path));
        for (path, text) in chosen {
            if let Some(text) = text {
                *text = change(path, text)?;
            }
        }
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

    /// Moves a file, with its permissions.
    ///
    /// # Errors
    /// When there is no such file, or the new one exists.
    pub fn rename(&mut self, path: &str, to: &str) -> Result<()> {
        self.create(to, self.text(path)?)?;
        self.moved.insert(to.to_owned(), path.to_owned());
        self.delete(path)
    }

    /// Makes the changes. Returns a line about each, such as `created orders/src/lib.rs`.
    ///
    /// # Errors
    /// When a file can't be written. Then the earlier changes are taken back.
    pub fn apply(&self) -> Result<Vec<String>> {
        self.apply_and(|| Ok(()))
    }

    /// Makes the changes, and then what needs them made. `then` may change the changed files again.
    ///
    /// # Errors
    /// When a file can't be written, or `then` fails. Then the changes are taken back.
    pub fn apply_and(&self, then: impl FnOnce() -> Result<()>) -> Result<Vec<String>> {
        let before: BTreeMap<&str, Option<Stored>> =
            self.files.keys().map(|path| Ok((path.as_str(), self.stored(path)?))).collect::<Result<_>>()?;
        let stored = |path: &str| before.get(path).and_then(Option::as_ref);
        let mut files = self.files.iter();
        let made = files.try_for_each(|(path, text)| {
            let permissions = self.moved.get(path).and_then(|old| stored(old)).map(|file| &file.permissions);
            self.set(path, text.as_deref().map(str::as_bytes), permissions)
        });
        if let Err(failed) = made.and_then(|()| then()) {
            let restore = |(path, old): (&&str, &Option<Stored>)| {
                let old = old.as_ref();
                // The first failure is the one to report.
                drop(self.set(path, old.map(|file| file.text.as_slice()), old.map(|file| &file.permissions)));
            };
            before.iter().for_each(restore);
            return Err(failed);
        }
        Ok(self.files.iter().filter_map(|(path, text)| said(path, stored(path), text.as_deref())).collect())
    }

    fn stored(&self, path: &str) -> Result<Option<Stored>> {
        let file = self.root.join(path);
        let read =
            || std::io::Result::Ok(Stored { text: fs::read(&file)?, permissions: fs::metadata(&file)?.permissions() });
        match read() {
            Ok(stored) => Ok(Some(stored)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(path)(error)),
        }
    }

    fn set(&self, path: &str, text: Option<&[u8]>, permissions: Option<&Permissions>) -> Result<()> {
        let file = self.root.join(path);
        let done = match text {
            Some(text) => file
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&file, text))
                .and_then(|()| permissions.map_or(Ok(()), |mode| fs::set_permissions(&file, mode.clone()))),
            None if file.exists() => fs::remove_file(&file).map(|()| self.remove_empty_folders(path)),
            None => Ok(()),
        };
        done.map_err(Error::io(path))
    }

    /// Removes the folders of a deleted file that have no other file. Git has no empty folders, either.
    fn remove_empty_folders(&self, path: &str) {
        let folders = Path::new(path).ancestors().skip(1).take_while(|folder| !folder.as_os_str().is_empty());
        // The first folder that is not empty ends it.
        let _ = folders.map(|folder| fs::remove_dir(self.root.join(folder))).take_while(Result::is_ok).count();
    }
}

/// A line about a change, if it is one.
fn said(path: &str, old: Option<&Stored>, text: Option<&str>) -> Option<String> {
    let verb = match (old, text) {
        (None, None) => return None,
        (None, _) => "created",
        (_, None) => "deleted",
        (Some(old), Some(text)) if old.text == text.as_bytes() => return None,
        _ => "changed",
    };
    Some(format!("{verb} {path}"))
}

#[cfg(test)]
mod tests;

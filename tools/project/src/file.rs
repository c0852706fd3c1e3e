use std::io::ErrorKind;
use std::path::Path;

use similar::TextDiff;

use crate::error::{Error, Result};

/// The text of a file of the repository.
#[derive(Clone, Debug)]
pub struct File {
    /// The path, from the root.
    pub path: String,
    /// The text.
    pub text: String,
}

impl File {
    /// A file with this text.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The file as it is now.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn current(root: &Path, path: impl Into<String>) -> Result<Self> {
        let path = path.into();
        let text = std::fs::read_to_string(root.join(&path)).map_err(Error::io(&path))?;
        Ok(Self { path, text })
    }

    /// The file with another text. An error gets the path.
    ///
    /// # Errors
    /// When the change refuses the text.
    pub fn replaced(self, change: impl FnOnce(&str) -> Result<String, String>) -> Result<Self> {
        match change(&self.text) {
            Ok(text) => Ok(Self { text, ..self }),
            Err(cause) => Err(Error::form(self.path, cause)),
        }
    }

    /// The difference to the file as it is now, as a unified diff. `None` if they are equal.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn diff(&self, root: &Path) -> Result<Option<String>> {
        let current = match std::fs::read_to_string(root.join(&self.path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.map_err(Error::io(&self.path))?,
        };
        if current == self.text {
            return Ok(None);
        }
        let diff = TextDiff::from_lines(&current, &self.text);
        Ok(Some(diff.unified_diff().header(&self.path, &self.path).to_string()))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, root: &Path) -> Result<()> {
        std::fs::write(root.join(&self.path), &self.text).map_err(Error::io(&self.path))
    }
}

use std::fmt::Display;

/// A file can't be read, written or understood, or a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refuses.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The file has another form than expected.
    #[error("{path}: {cause}")]
    Form {
        /// The file.
        path: String,
        /// What is wrong, and how to mend it.
        cause: String,
    },
    /// What was asked for can't be done.
    #[error("{0}")]
    Refused(String),
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A file has another form than expected.
    pub fn form(path: impl Into<String>, cause: impl Display) -> Self {
        Self::Form { path: path.into(), cause: cause.to_string() }
    }

    /// Gives an error of the file system the path.
    pub fn io(path: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }
}

use std::fmt::Display;

/// A file can't be read, written or understood.
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
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn form(path: impl Into<String>, cause: impl Display) -> Self {
        Self::Form { path: path.into(), cause: cause.to_string() }
    }

    pub(crate) fn io(path: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        |source| Self::Io { path, source }
    }
}

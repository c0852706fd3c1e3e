/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The errors of this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SES did not accept the mail. Only the error code is kept, because SES messages contain addresses.
    #[error("SES: {0}")]
    Ses(String),
    /// The outbox could not be written.
    #[error("{file}: {source}")]
    Outbox {
        /// The file or directory.
        file: String,
        /// The system's error.
        source: std::io::Error,
    },
}

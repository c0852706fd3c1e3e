/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SES did not take the mail. Its code alone: its messages name addresses.
    #[error("SES: {0}")]
    Ses(String),
    /// The outbox could not be written.
    #[error("{file}: {source}")]
    Outbox {
        /// The file or directory.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
}

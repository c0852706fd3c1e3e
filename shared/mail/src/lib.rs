//! Sends mails in plain text to one recipient: through SES, or into a directory. The domains write the texts.
#![deny(missing_docs)]

mod error;
mod letter;
mod mailer;

pub use error::{Error, Result};
pub use letter::Letter;
pub use mailer::Mailer;

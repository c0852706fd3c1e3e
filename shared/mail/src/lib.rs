//! Mails: what they say, and how they leave. Plain text, one recipient, links that no request had a say in.
#![deny(missing_docs)]

mod error;
mod letter;
mod mailer;

pub use error::{Error, Result};
pub use letter::Letter;
pub use mailer::Mailer;

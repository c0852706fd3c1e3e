//! Changes of this repository that a command makes. See `cargo project --help`.
#![deny(missing_docs)]

mod changes;
pub mod doctor;
mod error;
mod file;
pub mod generate;
mod rustfmt;
pub mod start;

pub use changes::Changes;
pub use error::{Error, Result};
pub use file::File;

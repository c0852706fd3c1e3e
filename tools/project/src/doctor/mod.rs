//! `cargo project doctor`: the programs and settings that are missing on this machine.

mod aws;
mod check;
mod machine;
mod needs;
mod settings;
mod version;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

pub use check::Finding;
pub use machine::{Machine, Output, System};
pub use needs::Purpose;

use crate::error::Result;
use settings::Settings;

/// Checks everything that these purposes need, each need once, and tells of each as soon as it is known. Returns whether
/// nothing is missing.
///
/// # Errors
/// When a file of the repository can't be read.
pub fn examine(
    root: &Path,
    purposes: &[Purpose],
    machine: &dyn Machine,
    mut tell: impl FnMut(&Finding),
) -> Result<bool> {
    let settings = Settings::read(root)?;
    let (mut told, mut complete) = (BTreeSet::new(), true);
    for purpose in purposes {
        for need in purpose.needs() {
            if told.insert(need) {
                let finding = need.check(&settings, machine);
                complete &= finding.missing.is_none();
                tell(&finding);
            }
        }
    }
    Ok(complete)
}

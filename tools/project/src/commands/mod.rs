//! One file for each command.

pub mod doctor;
pub mod new_endpoint;
pub mod new_resource;
pub mod start;
pub mod sync;

use std::process::ExitCode;

use project::Result;
use project::generate::Generated;

/// Makes the changes, and says what is next.
fn finish(generated: &Generated) -> Result<ExitCode> {
    for line in generated.changes.apply()? {
        println!("{line}");
    }
    println!("\n{}", generated.next);
    Ok(ExitCode::SUCCESS)
}

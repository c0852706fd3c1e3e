//! Runs on a schedule: overwrites the signing seed with a random one. Signers publish the new key before they use it.

use api::{Context, Result, Task};
use identity::Issuer;

/// Overwrites the signing seed.
pub struct KeyRotate;

impl Task for KeyRotate {
    type Uses = (Issuer,);

    async fn run(context: &Context, (issuer,): Self::Uses) -> Result<()> {
        issuer.rotate(&**context.entropy()).await?;
        Ok(())
    }
}

pub fn main() -> std::process::ExitCode {
    identity::serve_task::<KeyRotate>("key_rotate")
}

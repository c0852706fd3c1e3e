//! Runs on a schedule: overwrites the signing seed with a random one. Signers publish the new key before they use it.

use api::{App, Result, Seed};

/// Overwrites the signing seed.
///
/// # Errors
/// When it can't be written.
pub async fn rotate(app: App) -> Result<()> {
    app.issuer()?.rotate(&*app.entropy).await.map(|_| ())
}

pub fn main() -> std::process::ExitCode {
    api::serve_task::<Seed, _>("key_rotate", rotate)
}

use ring::rand::{SecureRandom, SystemRandom};

/// The source of randomness, so that tests can fix its output.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` with random bytes.
    ///
    /// # Errors
    /// When the source fails. The caller must then stop.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed>;
}

/// The source of randomness failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct EntropyFailed;

/// The operating system's cryptographic random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        SystemRandom::new().fill(buffer).map_err(|_| EntropyFailed)
    }
}

/// `N` random bytes.
///
/// # Errors
/// When the source of randomness fails.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N], EntropyFailed> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::password_hash::{CustomizedPasswordHasher, Error, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// The library's argon2, with memory that is reused from hash to hash. Allocating 19 MiB for each hash causes some
/// 5,000 page faults, and an allocator may keep that memory for every thread that ever hashed.
pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    /// Free memory, one entry for each hash that ran concurrently.
    memories: Mutex<Vec<Vec<Block>>>,
}

impl Hasher {
    pub(crate) fn new(params: Params) -> Self {
        Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memories: Mutex::default() }
    }

    pub(crate) fn params(&self) -> &Params {
        self.argon2.params()
    }

    /// A new hash.
    pub(crate) fn hash(&self, password: &[u8], salt: &[u8]) -> Result<PasswordHash> {
        self.hash_with(&self.argon2, (Algorithm::Argon2id, Version::V0x13), password, salt)
    }

    /// Allocates the memory of one hash now, so that the first hash does not have to.
    pub(crate) fn prepare(&self) -> Result<()> {
        let memory = self.take(self.params())?;
        self.give_back(memory);
        Ok(())
    }

    fn hash_with(
        &self,
        argon2: &Argon2<'_>,
        (algorithm, version): (Algorithm, Version),
        password: &[u8],
        salt: &[u8],
    ) -> Result<PasswordHash> {
        let (params, salt) = (argon2.params(), Salt::new(salt)?);
        let mut output = vec![0; params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN)];
        let mut memory = self.take(params)?;
        let done = argon2.hash_password_into_with_memory(password, &salt, &mut output, &mut memory);
        self.give_back(memory);
        done?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: ParamsString::try_from(params)?,
            salt: Some(salt),
            hash: Some(Output::new(&output)?),
        })
    }

    /// Memory of the size that these parameters need, reused if possible.
    fn take(&self, params: &Params) -> Result<Vec<Block>> {
        let mut memory = self.memories.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let missing = params.block_count().saturating_sub(memory.len());
        memory.try_reserve_exact(missing).map_err(|_| Error::OutOfMemory)?;
        memory.resize(params.block_count(), Block::new());
        Ok(memory)
    }

    fn give_back(&self, memory: Vec<Block>) {
        // A stored hash with other parameters may have needed more memory than new hashes do.
        if memory.len() > self.params().block_count() {
            return;
        }
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
    }
}

/// The library's own check, `PasswordVerifier`, hashes through this trait.
impl CustomizedPasswordHasher<PasswordHash> for Hasher {
    type Params = Params;

    fn hash_password_customized(
        &self,
        password: &[u8],
        salt: &[u8],
        algorithm: Option<&str>,
        version: Option<u32>,
        params: Params,
    ) -> Result<PasswordHash> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        self.hash_with(&Argon2::new(algorithm, version, params), (algorithm, version), password, salt)
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    #[test]
    fn memory_that_was_used_before_changes_no_hash() {
        let params = |kib| Params::new(kib, 2, 1, None).unwrap();
        let (hasher, salt) = (Hasher::new(params(64)), [7; 16]);
        for password in ["correct horse", "battery staple", "correct horse"] {
            let fresh = Argon2::new(Algorithm::Argon2id, Version::V0x13, params(64));
            let expected: PasswordHash = fresh.hash_password_with_salt(password.as_bytes(), &salt).unwrap();
            assert_eq!(hasher.hash(password.as_bytes(), &salt).unwrap(), expected);
        }
        // A hash of another size in between does not change the result either.
        let (other, before) = (params(128), hasher.hash(b"x", &salt).unwrap());
        hasher.hash_password_customized(b"x", &salt, Some("argon2i"), Some(0x13), other).unwrap();
        assert_eq!(hasher.hash(b"x", &salt).unwrap(), before);
        assert_eq!(hasher.memories.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_next_hash_uses_the_prepared_memory() {
        let hasher = Hasher::new(Params::new(64, 2, 1, None).unwrap());
        let kept = || hasher.memories.lock().unwrap().iter().map(|memory| (memory.as_ptr(), memory.len())).collect();
        hasher.prepare().unwrap();
        let prepared: Vec<_> = kept();
        assert_eq!(prepared.iter().map(|(_, blocks)| *blocks).collect::<Vec<_>>(), [64]);
        hasher.hash(b"correct horse", &[7; 16]).unwrap();
        let used: Vec<_> = kept();
        assert_eq!(used, prepared);
    }
}

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tests::PASSWORD;

/// How many passwords a good call of this function hashes.
pub fn hashes(function: &str) -> u32 {
    match function {
        // The current one is verified, the new one is kept.
        "password_change" => 2,
        "password_reset_confirm" | "tokens_issue" | "users_create" | "users_me_erase" | "users_me_update" => 1,
        _ => 0,
    }
}

/// argon2id by the library alone, as OWASP asks for it (Password Storage Cheat Sheet): 19 MiB, twice.
pub struct RawHash {
    argon2: Argon2<'static>,
    /// Kept, so that only the first hash has pages to ask for.
    memory: Vec<Block>,
}

impl RawHash {
    pub fn new() -> Result<Self, String> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| error.to_string())?;
        let memory = vec![Block::new(); params.block_count()];
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory })
    }

    /// Hashes one password.
    pub fn hash(&mut self) -> Result<(), String> {
        let (mut out, salt) = ([0; 32], [7; 16]);
        let done = self.argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), &salt, &mut out, &mut self.memory);
        done.map_err(|error| error.to_string())?;
        if out == [0; 32] { Err("nothing was hashed".to_owned()) } else { Ok(()) }
    }
}

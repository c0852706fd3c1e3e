use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tests::PASSWORD;

use crate::process::cpu;

/// Size of the allocation, in blocks of 1 KiB. Above 32 MiB, malloc(3) always asks the system for new pages. So a fresh
/// hash pays for its pages like the first hash of a function.
const ROOM: usize = 33 * 1024;

/// Number of passwords that a good call of this function hashes.
pub fn hashes(function: &str) -> u32 {
    match function {
        // One to verify the current password, one to store the new password.
        "password_change" => 2,
        "password_reset_confirm" | "tokens_issue" | "users_create" | "users_me_erase" | "users_me_update" => 1,
        _ => 0,
    }
}

/// Time of some work.
#[derive(Default)]
pub struct Took {
    pub time: Duration,
    /// Processor time of this thread.
    pub cpu: Duration,
}

impl Took {
    /// Measures `count` hashes. Zero hashes take no time.
    fn of(count: u32, work: impl FnOnce() -> Result<(), String>) -> Result<Self, String> {
        if count == 0 {
            return Ok(Self::default());
        }
        let cpu = || cpu("/proc/thread-self".as_ref()).ok_or("no /proc/thread-self/schedstat: Linux has it");
        let (started, before) = (Instant::now(), cpu()?);
        work()?;
        Ok(Self { time: started.elapsed(), cpu: cpu()?.saturating_sub(before) })
    }
}

/// argon2id by the library alone, with OWASP's parameters (Password Storage Cheat Sheet): 19 MiB, two passes.
pub struct RawHash {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
}

impl RawHash {
    pub fn new() -> Result<Self, String> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| error.to_string())?;
        let mut memory = Vec::with_capacity(ROOM);
        memory.resize(params.block_count(), Block::new());
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory })
    }

    /// Measures `count` hashes, one after the other, in memory that is already allocated.
    pub fn hash(&mut self, count: u32) -> Result<Took, String> {
        Took::of(count, || (0..count).try_for_each(|_| self.once()))
    }

    /// Measures `count` hashes in newly allocated memory.
    pub fn fresh(count: u32) -> Result<Took, String> {
        Took::of(count, || {
            let mut hash = Self::new()?;
            (0..count).try_for_each(|_| hash.once())
        })
    }

    fn once(&mut self) -> Result<(), String> {
        let (mut out, salt) = ([0; 32], [7; 16]);
        let Self { argon2, memory } = self;
        let done = argon2.hash_password_into_with_memory(PASSWORD.as_bytes(), &salt, &mut out, memory);
        done.map_err(|error| error.to_string())?;
        if out == [0; 32] { Err("nothing was hashed".to_owned()) } else { Ok(()) }
    }
}

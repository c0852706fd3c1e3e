use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tests::PASSWORD;

use crate::process::cpu;

/// Blocks of 1 KiB. An allocation beyond 32 MiB is never of pages that the process has already (malloc(3)), so that a
/// first hash pays for them as the first of a function does.
const ROOM: usize = 33 * 1024;

/// How many passwords a good call of this function hashes.
pub fn hashes(function: &str) -> u32 {
    match function {
        // The current one is verified, the new one is kept.
        "password_change" => 2,
        "password_reset_confirm" | "tokens_issue" | "users_create" | "users_me_erase" | "users_me_update" => 1,
        _ => 0,
    }
}

/// What some work took.
#[derive(Default)]
pub struct Took {
    pub time: Duration,
    /// The processor's time, on this thread.
    pub cpu: Duration,
}

impl Took {
    /// Of so many hashes; none take no time.
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

/// argon2id by the library alone, as OWASP asks for it (Password Storage Cheat Sheet): 19 MiB, twice.
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

    /// So many hashes, one after the other, in memory that is there already.
    pub fn hash(&mut self, count: u32) -> Result<Took, String> {
        Took::of(count, || (0..count).try_for_each(|_| self.once()))
    }

    /// The same in memory that has to be asked for.
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

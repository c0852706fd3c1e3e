//! Idempotency keys: a call with the header `Idempotency-Key` has its effect once, however often it is sent.

mod answer;
mod key;
mod once;

pub use answer::{Answer, Replayable, StoredResponse};
pub use key::IdempotencyKey;
pub(crate) use once::commit;
pub use once::{Committed, Idempotency, IdempotencyOfAccount, Once};

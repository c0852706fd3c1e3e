//! The operator's authority, for work outside of requests: demo data, test set-up, the operator's tools.
//!
//! The functions must not depend on this crate, so that they can't name [`Operator`] at all. A test over `cargo
//! metadata` checks this. The crates below the functions depend on this crate only to accept the proof, and do not
//! re-export it.
#![deny(missing_docs)]

/// Proof that a write comes from an operator, not from a request.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl Operator {
    /// Acts as the operator.
    pub fn acting() -> Self {
        Self(())
    }
}

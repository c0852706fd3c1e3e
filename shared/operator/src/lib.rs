//! The authority of whoever runs the system, for what is not a request: demo data, test set-up, the operator's tools.
//!
//! Crates that serve requests must not depend on this one, so that they can't name [`Operator`] at all; a test over
//! `cargo metadata` keeps it so. `store` does, only to accept the proof, and does not re-export it.
#![deny(missing_docs)]

/// Proof that no request is behind a write: an operator is.
#[derive(Clone, Copy, Debug)]
pub struct Operator(());

impl Operator {
    /// Acts as the operator.
    pub fn acting() -> Self {
        Self(())
    }
}

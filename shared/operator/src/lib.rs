//! The operator's authority, for work outside of requests: demo data, test set-up, the operator's tools.
//!
//! The functions must not depend on this crate, so that they can't name [`Operator`] at all. A test over `cargo
//! metadata` checks this. The crates below the functions depend on this crate only to accept the proof, and do not
//! re-export it.
#![deny(missing_docs)]

use std::borrow::Cow;

/// Proof that a write comes from an operator, not from a request.
#[derive(Clone, Debug)]
pub struct Operator {
    name: Cow<'static, str>,
}

impl Operator {
    /// Acts as the operator, for demo data, tests and local work.
    pub fn acting() -> Self {
        Self { name: Cow::Borrowed("local") }
    }

    /// Acts as the operator with this name, such as the ARN of the AWS identity behind the tool.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Cow::Owned(name.into()) }
    }

    /// The operator's name, as the audit has it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

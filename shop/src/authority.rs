//! The proofs that writes of products require. Sealed: no other crate can add a proof.

use auth::{Staff, Superuser};
use operator::Operator;

mod sealed {
    pub trait Sealed {}
    impl Sealed for auth::Staff {}
    impl Sealed for auth::Superuser {}
    impl Sealed for operator::Operator {}
}

/// May add and change products: staff.
pub trait EditsProducts: sealed::Sealed + Sync {}
impl EditsProducts for Staff {}
impl EditsProducts for Operator {}

/// May delete products: superusers.
pub trait DeletesProducts: sealed::Sealed + Sync {}
impl DeletesProducts for Superuser {}
impl DeletesProducts for Operator {}

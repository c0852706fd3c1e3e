//! The proofs that reads and writes of accounts require. Sealed: no other crate can add a proof.

use auth::{Anyone, Staff, Superuser, UserId};
use operator::Operator;

mod sealed {
    pub trait Sealed {}
    impl Sealed for auth::Anyone {}
    impl Sealed for auth::Staff {}
    impl Sealed for auth::Superuser {}
    impl Sealed for operator::Operator {}
}

/// May create users without roles: anyone.
pub trait CreatesUsers: sealed::Sealed + Sync {}
impl CreatesUsers for Anyone {}
impl CreatesUsers for Operator {}

/// May read any user: staff.
pub trait ReadsUsers: sealed::Sealed + Sync {}
impl ReadsUsers for Staff {}
impl ReadsUsers for Operator {}

/// May change the access of users: the operator, and superusers except for their own account.
pub trait ManagesUsers: sealed::Sealed + Sync {
    /// The acting user, who must still be a superuser when the change is made.
    fn actor(&self) -> Option<UserId>;
}

impl ManagesUsers for Superuser {
    fn actor(&self) -> Option<UserId> {
        Some(self.user().id())
    }
}

impl ManagesUsers for Operator {
    fn actor(&self) -> Option<UserId> {
        None
    }
}

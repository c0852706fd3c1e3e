//! The proofs that reads and writes of accounts require. Sealed: no other crate can add a proof.

use auth::{Anyone, Methods, PasswordProof, RecentAuth, Staff, Superuser, User, UserId};
use operator::Operator;

use crate::factor_proof::FactorProof;

mod sealed {
    pub trait Sealed {}
    impl Sealed for auth::Anyone {}
    impl Sealed for auth::Staff {}
    impl Sealed for auth::Superuser {}
    impl<P> Sealed for auth::RecentAuth<P> {}
    impl Sealed for operator::Operator {}
    impl Sealed for auth::User {}
    impl Sealed for auth::PasswordProof {}
    impl Sealed for crate::factor_proof::FactorProof {}
}

/// May create users without roles: anyone.
pub trait CreatesUsers: sealed::Sealed + Sync {}
impl CreatesUsers for Anyone {}
impl CreatesUsers for Operator {}

/// Proves that the caller owns an account: its access token, or its password.
pub trait OwnsAccount: sealed::Sealed + Sync {
    /// The id of the account.
    fn account(&self) -> UserId;
}

impl OwnsAccount for User {
    fn account(&self) -> UserId {
        self.id()
    }
}

impl OwnsAccount for PasswordProof {
    fn account(&self) -> UserId {
        self.user_id()
    }
}

/// Proves an authentication, which may begin a session: the password, the password and a second factor, or a passkey.
pub trait Authenticates: sealed::Sealed + Sync {
    /// The id of the account.
    fn account(&self) -> UserId;

    /// The ways in which the user authenticated.
    fn methods(&self) -> Methods;
}

impl Authenticates for PasswordProof {
    fn account(&self) -> UserId {
        self.user_id()
    }

    fn methods(&self) -> Methods {
        Methods::password()
    }
}

impl Authenticates for FactorProof {
    fn account(&self) -> UserId {
        self.user_id()
    }

    fn methods(&self) -> Methods {
        FactorProof::methods(self).clone()
    }
}

/// Confirms that the caller is the account's owner now: the password, or a recent authentication.
pub trait ConfirmsAccount: sealed::Sealed + Sync {
    /// The id of the account.
    fn account(&self) -> UserId;
}

impl ConfirmsAccount for PasswordProof {
    fn account(&self) -> UserId {
        self.user_id()
    }
}

impl ConfirmsAccount for RecentAuth<User> {
    fn account(&self) -> UserId {
        self.caller().id()
    }
}

/// May read any user: staff.
pub trait ReadsUsers: sealed::Sealed + Sync {}
impl ReadsUsers for Staff {}
impl ReadsUsers for Operator {}

/// May invite people, and list and withdraw all invitations: staff who authenticated recently, and the operator.
pub trait Invites: sealed::Sealed + Sync {}
impl Invites for RecentAuth<Staff> {}
impl Invites for Operator {}

/// May change the access of users: the operator, and superusers who authenticated recently, except for their own account.
pub trait ManagesUsers: sealed::Sealed + Sync {
    /// The acting user, who must still be a superuser when the change is made.
    fn actor(&self) -> Option<UserId>;
}

impl ManagesUsers for RecentAuth<Superuser> {
    fn actor(&self) -> Option<UserId> {
        Some(self.caller().user().id())
    }
}

impl ManagesUsers for Operator {
    fn actor(&self) -> Option<UserId> {
        None
    }
}

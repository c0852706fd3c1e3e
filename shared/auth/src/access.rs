use std::fmt;

use crate::claims::Roles;
use crate::error::{Error, Result};
use crate::proof::{Anyone, Caller, Staff, Superuser, User};

/// The four access levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Anyone, without a token.
    Public,
    /// Whoever is signed in.
    Authenticated,
    /// Staff only. Being a superuser is not enough.
    Staff,
    /// Superusers only. Being staff is not enough.
    Superuser,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Public => "Public",
            Level::Authenticated => "Authenticated",
            Level::Staff => "Staff",
            Level::Superuser => "Superuser",
        })
    }
}

/// An access level as a type, so that each level hands out its own [proof](Access::Proof). Sealed: there are four.
///
/// ```compile_fail,E0603
/// struct Mine;
/// impl auth::access::gate::Gate<auth::Staff> for Mine {}
/// ```
///
/// ```compile_fail,E0061
/// fn forge<A: auth::Access>(user: auth::User) -> A::Proof {
///     A::prove(user)
/// }
/// ```
pub trait Access: gate::Gate<Self::Proof> + Send + Sync + 'static {
    /// What a caller who passed is given, and what nobody else can have.
    type Proof: Caller;
}

/// Anyone may call.
pub struct Public;
/// Whoever is signed in may call.
pub struct SignedIn;
/// Staff may call.
pub struct StaffOnly;
/// Superusers may call.
pub struct SuperuserOnly;

impl Access for Public {
    type Proof = Anyone;
}

impl Access for SignedIn {
    type Proof = User;
}

impl Access for StaffOnly {
    type Proof = Staff;
}

impl Access for SuperuserOnly {
    type Proof = Superuser;
}

pub(crate) mod gate {
    use super::{Anyone, Error, Public, Result, Roles, SignedIn, Staff, StaffOnly, Superuser, SuperuserOnly, User};

    /// How a level decides. Not nameable outside this crate, which is what seals [`super::Access`].
    pub trait Gate<Proof> {
        /// The proof that needs no token, if the level asks for none.
        fn without_token() -> Option<Proof> {
            None
        }

        /// Whether the roles suffice; asked of the token's claims, and again of the live record.
        fn check(roles: Roles) -> Result<()>;

        /// Turns a caller that passed every check into the level's proof.
        fn prove(user: User, passed: Passed) -> Proof;
    }

    /// Says that every check was made. Without it, generic code elsewhere could call `A::prove`.
    pub struct Passed(pub(crate) ());

    impl Gate<Anyone> for Public {
        fn without_token() -> Option<Anyone> {
            Some(Anyone(()))
        }

        fn check(_: Roles) -> Result<()> {
            Ok(())
        }

        fn prove(_: User, _: Passed) -> Anyone {
            Anyone(())
        }
    }

    impl Gate<User> for SignedIn {
        fn check(_: Roles) -> Result<()> {
            Ok(())
        }

        fn prove(user: User, _: Passed) -> User {
            user
        }
    }

    impl Gate<Staff> for StaffOnly {
        fn check(roles: Roles) -> Result<()> {
            roles.is_staff.then_some(()).ok_or(Error::StaffRequired)
        }

        fn prove(user: User, _: Passed) -> Staff {
            Staff(user)
        }
    }

    impl Gate<Superuser> for SuperuserOnly {
        fn check(roles: Roles) -> Result<()> {
            roles.is_superuser.then_some(()).ok_or(Error::SuperuserRequired)
        }

        fn prove(user: User, _: Passed) -> Superuser {
            Superuser(user)
        }
    }
}

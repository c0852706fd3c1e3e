use std::marker::PhantomData;

use crate::claims::Roles;
use crate::error::{Error, Result};
use crate::proof::{Anyone, Caller, Staff, Superuser, User};

/// An access level as a type, so that each level hands out its own [proof](Access::Proof). Sealed: there are exactly
/// five levels.
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
    /// The proof of an admitted caller. Other crates can't make a proof.
    type Proof: Caller;

    /// The proof of every caller, if the level does not look at tokens.
    fn anyone() -> Option<Self::Proof> {
        <Self as gate::Gate<Self::Proof>>::without_token()
    }
}

/// Anyone may call.
pub struct Public;
/// Anyone may call, and a caller who presents a token is checked as for level `A`. A request without a bearer token comes
/// from nobody. A request with a bearer token is refused unless the token is valid. There is only `Maybe<SignedIn>`.
///
/// ```compile_fail,E0277
/// fn proof(caller: <auth::Maybe<auth::StaffOnly> as auth::Access>::Proof) {}
/// ```
pub struct Maybe<A>(PhantomData<A>);
/// Signed-in users may call.
pub struct SignedIn;
/// Staff may call.
pub struct StaffOnly;
/// Superusers may call.
pub struct SuperuserOnly;

impl Access for Public {
    type Proof = Anyone;
}

/// The user, if the request has a token.
impl Access for Maybe<SignedIn> {
    type Proof = Option<User>;
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
    use super::{
        Anyone, Error, Maybe, Public, Result, Roles, SignedIn, Staff, StaffOnly, Superuser, SuperuserOnly, User,
    };

    /// The decision of a level. Other crates can't name this trait, which seals [`super::Access`].
    pub trait Gate<Proof> {
        /// The proof of every caller, if the level does not look at tokens.
        fn without_token() -> Option<Proof> {
            None
        }

        /// The proof of a caller who presents no token, if the level does not require a token.
        fn nobody() -> Option<Proof> {
            Self::without_token()
        }

        /// Checks that the roles suffice: first the roles in the token, then the stored roles.
        fn check(roles: Roles) -> Result<()>;

        /// Turns a caller that passed every check into the level's proof.
        fn prove(user: User, passed: Passed) -> Proof;
    }

    /// Shows that every check was made. Without this argument, generic code in other crates could call `A::prove`.
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

    impl Gate<Option<User>> for Maybe<SignedIn> {
        fn nobody() -> Option<Option<User>> {
            Some(None)
        }

        fn check(roles: Roles) -> Result<()> {
            SignedIn::check(roles)
        }

        fn prove(user: User, passed: Passed) -> Option<User> {
            Some(SignedIn::prove(user, passed))
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

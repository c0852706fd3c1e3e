use crate::agent::{Agent, EitherCaller, Scope};
use crate::gate::Gate;
use crate::markers::{Either, Maybe, Public, Recent, Scoped, SignedIn, StaffOnly, SuperuserOnly};
use crate::proof::{Anyone, Caller, RecentAuth, Staff, Superuser, User};

/// An access level as a type, so that each level hands out its own [proof](Access::Proof). Sealed: the levels are those of
/// this crate.
///
/// ```compile_fail,E0603
/// struct Mine;
/// impl auth::gate::Gate<auth::Staff> for Mine {}
/// ```
///
/// ```compile_fail,E0061
/// fn forge<A: auth::Access>() -> A::Proof {
///     A::prove()
/// }
/// ```
pub trait Access: Gate<Self::Proof> + Send + Sync + 'static {
    /// The proof of an admitted caller. Other crates can't make a proof.
    type Proof: Caller;

    /// The proof of every caller, if the level does not look at tokens.
    fn anyone() -> Option<Self::Proof> {
        <Self as Gate<Self::Proof>>::without_token()
    }
}

/// The levels that only signed-in users pass, which [`Recent`] and [`Either`] build on. Sealed by [`Access`].
pub trait UserLevel: Access {}
impl UserLevel for SignedIn {}
impl UserLevel for StaffOnly {}
impl UserLevel for SuperuserOnly {}

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

impl<L: UserLevel> Access for Recent<L> {
    type Proof = RecentAuth<L::Proof>;
}

impl<S: Scope> Access for Scoped<S> {
    type Proof = Agent<S>;
}

impl<L: UserLevel, S: Scope> Access for Either<L, Scoped<S>> {
    type Proof = EitherCaller<L::Proof, Agent<S>>;
}

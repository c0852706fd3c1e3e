//! The decision of each level. Other crates can't name this module, which seals [`crate::Access`].

use std::marker::PhantomData;

use crate::agent::{Agent, EitherCaller, Scope};
use crate::error::{Error, Result};
use crate::facts::{Facts, HolderFacts};
use crate::id::ClientId;
use crate::markers::{Either, Maybe, Public, Recent, Scoped, SignedIn, StaffOnly, SuperuserOnly};
use crate::proof::{Anyone, RecentAuth, Staff, Superuser, User};
use crate::step_up::StepUp;

/// The decision of a level.
pub trait Gate<Proof> {
    /// The proof of every caller, if the level does not look at tokens.
    fn without_token() -> Option<Proof> {
        None
    }

    /// The proof of a caller who presents no token, if the level does not require a token.
    fn nobody() -> Option<Proof> {
        Self::without_token()
    }

    /// Judges the facts: first those of the token, then those that are stored. Refuses the wrong kind of caller or a
    /// missing role, and returns what the caller's authentication lacks.
    fn check(facts: &Facts<'_>) -> Result<StepUp>;

    /// Turns a caller that passed every check into the level's proof.
    fn prove(caller: Admitted, passed: Passed) -> Result<Proof>;
}

/// A caller that passed every check.
pub enum Admitted {
    /// A user.
    User(User),
    /// A service key.
    Agent(ClientId),
}

impl Admitted {
    fn user(self) -> Result<User> {
        match self {
            Admitted::User(user) => Ok(user),
            Admitted::Agent(_) => Err(Error::UserRequired),
        }
    }
}

/// Shows that every check was made. Without this argument, generic code in other crates could call `A::prove`.
pub struct Passed(pub(crate) ());

impl Gate<Anyone> for Public {
    fn without_token() -> Option<Anyone> {
        Some(Anyone(()))
    }

    fn check(_: &Facts<'_>) -> Result<StepUp> {
        Ok(StepUp::default())
    }

    fn prove(_: Admitted, _: Passed) -> Result<Anyone> {
        Ok(Anyone(()))
    }
}

impl Gate<Option<User>> for Maybe<SignedIn> {
    fn nobody() -> Option<Option<User>> {
        Some(None)
    }

    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        SignedIn::check(facts)
    }

    fn prove(caller: Admitted, passed: Passed) -> Result<Option<User>> {
        SignedIn::prove(caller, passed).map(Some)
    }
}

impl Gate<User> for SignedIn {
    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        facts.user().map(|_| StepUp::default())
    }

    fn prove(caller: Admitted, _: Passed) -> Result<User> {
        caller.user()
    }
}

impl Gate<Staff> for StaffOnly {
    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        let user = facts.user()?;
        if !user.roles.is_staff {
            return Err(Error::StaffRequired);
        }
        Ok(StepUp { recent: false, factor: facts.factors.staff && !user.has_factor })
    }

    fn prove(caller: Admitted, _: Passed) -> Result<Staff> {
        caller.user().map(Staff)
    }
}

impl Gate<Superuser> for SuperuserOnly {
    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        let user = facts.user()?;
        if !user.roles.is_superuser {
            return Err(Error::SuperuserRequired);
        }
        Ok(StepUp { recent: false, factor: facts.factors.superuser && !user.has_factor })
    }

    fn prove(caller: Admitted, _: Passed) -> Result<Superuser> {
        caller.user().map(Superuser)
    }
}

impl<L: Gate<P>, P> Gate<RecentAuth<P>> for Recent<L> {
    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        let lacks = L::check(facts)?;
        Ok(StepUp { recent: !facts.is_recent(), ..lacks })
    }

    fn prove(caller: Admitted, passed: Passed) -> Result<RecentAuth<P>> {
        L::prove(caller, passed).map(RecentAuth)
    }
}

impl<S: Scope> Gate<Agent<S>> for Scoped<S> {
    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        match facts.holder {
            HolderFacts::Agent(scopes) if scopes.contains(S::NAME) => Ok(StepUp::default()),
            HolderFacts::Agent(_) | HolderFacts::User(_) => Err(Error::ScopeRequired),
        }
    }

    fn prove(caller: Admitted, _: Passed) -> Result<Agent<S>> {
        match caller {
            Admitted::Agent(id) => Ok(Agent { id, scope: PhantomData }),
            Admitted::User(_) => Err(Error::ScopeRequired),
        }
    }
}

impl<L: Gate<P>, P, S: Scope> Gate<EitherCaller<P, Agent<S>>> for Either<L, Scoped<S>> {
    fn check(facts: &Facts<'_>) -> Result<StepUp> {
        match facts.holder {
            HolderFacts::User(_) => L::check(facts),
            HolderFacts::Agent(_) => Scoped::<S>::check(facts),
        }
    }

    fn prove(caller: Admitted, passed: Passed) -> Result<EitherCaller<P, Agent<S>>> {
        match caller {
            Admitted::User(_) => L::prove(caller, passed).map(EitherCaller::User),
            Admitted::Agent(_) => Scoped::<S>::prove(caller, passed).map(EitherCaller::Agent),
        }
    }
}

use auth::{Agent, Caller, EitherCaller, RecentAuth, Scope, Staff, Superuser};
use operator::Operator;

mod sealed {
    pub trait Sealed {}
    impl Sealed for auth::Staff {}
    impl Sealed for auth::Superuser {}
    impl<P: Sealed> Sealed for auth::RecentAuth<P> {}
    impl<S> Sealed for auth::Agent<S> {}
    impl<P: Sealed, S> Sealed for auth::EitherCaller<P, auth::Agent<S>> {}
    impl Sealed for operator::Operator {}
}

/// A proof whose holder the audit can name. Sealed: no other crate can add a proof.
pub trait Actor: sealed::Sealed + Sync {
    /// The holder's name in the audit, such as `users/{id}`. It has no personal data, because the audit outlives
    /// accounts.
    fn actor(&self) -> String;
}

/// The name of a caller. Every proof below belongs to somebody.
fn name(caller: &impl Caller) -> String {
    caller.principal().map(|principal| principal.to_string()).unwrap_or_default()
}

impl Actor for Staff {
    fn actor(&self) -> String {
        name(self)
    }
}

impl Actor for Superuser {
    fn actor(&self) -> String {
        name(self)
    }
}

impl<P: Actor + Caller> Actor for RecentAuth<P> {
    fn actor(&self) -> String {
        name(self)
    }
}

impl<S: Scope> Actor for Agent<S> {
    fn actor(&self) -> String {
        name(self)
    }
}

impl<P: Actor + Caller, S: Scope> Actor for EitherCaller<P, Agent<S>> {
    fn actor(&self) -> String {
        name(self)
    }
}

impl Actor for Operator {
    fn actor(&self) -> String {
        format!("operator/{}", self.name())
    }
}

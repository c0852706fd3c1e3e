use std::marker::PhantomData;

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

/// Callers of level `L` may call who authenticated within the last [`crate::RECENT_SECONDS`]. A refreshed token does not
/// count: it carries the time of the sign-in. For changes that a thief of a token must not make.
///
/// ```
/// fn proof(caller: <auth::Recent<auth::SuperuserOnly> as auth::Access>::Proof) -> auth::RecentAuth<auth::Superuser> {
///     caller
/// }
/// ```
///
/// Service keys don't authenticate again, and anyone has nothing to authenticate with:
///
/// ```compile_fail,E0277
/// fn proof<S: auth::Scope>(caller: <auth::Recent<auth::Scoped<S>> as auth::Access>::Proof) {}
/// ```
///
/// ```compile_fail,E0277
/// fn proof(caller: <auth::Recent<auth::Public> as auth::Access>::Proof) {}
/// ```
///
/// ```compile_fail,E0277
/// fn proof(caller: <auth::Recent<auth::Maybe<auth::SignedIn>> as auth::Access>::Proof) {}
/// ```
pub struct Recent<L>(PhantomData<L>);

/// Service keys with scope `S` may call. Users may not, with any role.
///
/// ```
/// fn proof<S: auth::Scope>(caller: <auth::Scoped<S> as auth::Access>::Proof) -> auth::Agent<S> {
///     caller
/// }
/// ```
///
/// A scope is a type that implements [`crate::Scope`]:
///
/// ```compile_fail,E0277
/// fn proof(caller: <auth::Scoped<auth::StaffOnly> as auth::Access>::Proof) {}
/// ```
pub struct Scoped<S>(PhantomData<S>);

/// Callers of level `L` and service keys with a scope may call: `Either<StaffOnly, Scoped<S>>`.
///
/// ```
/// type Level<S> = auth::Either<auth::StaffOnly, auth::Scoped<S>>;
/// fn proof<S: auth::Scope>(
///     caller: <Level<S> as auth::Access>::Proof,
/// ) -> auth::EitherCaller<auth::Staff, auth::Agent<S>> {
///     caller
/// }
/// ```
///
/// The second must be a scope, and the first a level of users:
///
/// ```compile_fail,E0277
/// fn proof(caller: <auth::Either<auth::StaffOnly, auth::SuperuserOnly> as auth::Access>::Proof) {}
/// ```
///
/// ```compile_fail,E0277
/// fn proof<S: auth::Scope>(caller: <auth::Either<auth::Public, auth::Scoped<S>> as auth::Access>::Proof) {}
/// ```
///
/// A service key can't be asked for a recent authentication:
///
/// ```compile_fail,E0277
/// type Level<S> = auth::Recent<auth::Either<auth::StaffOnly, auth::Scoped<S>>>;
/// fn proof<S: auth::Scope>(caller: <Level<S> as auth::Access>::Proof) {}
/// ```
pub struct Either<L, A>(PhantomData<(L, A)>);

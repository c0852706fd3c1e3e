use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use auth::{Access, BoxFuture, Caller, Principal};
use futures_util::FutureExt;
use futures_util::future::try_join;
use http::{HeaderName, HeaderValue, header};
use serde_json::Value;
use tracing::Instrument;

use crate::context::{Context, Permit};
use crate::endpoint::{Endpoint, check_declarations, is_public};
use crate::error::{Error, ErrorRow, Result};
use crate::limits::{Limit, LimitKey, LimitStatus, Limiter};
use crate::log::{log_failure, log_open_limiter, log_request};
use crate::request::{FromRequest, Request};
use crate::response::{IntoResponse, Response};

/// A response must arrive within 5 s. A request fails after 4.7 s, because sending the response takes time, too.
const DEADLINE: Duration = Duration::from_millis(4_700);

/// The limits by subject, but for those of new addresses.
const SUBJECT: [LimitKey; 2] = [LimitKey::Subject, LimitKey::SubjectAndIp];

/// Answers one API Gateway HTTP API event (payload version 2.0) with endpoint `E`. Never fails and never panics.
pub async fn call<E: Endpoint>(context: &Context, permit: &Permit, event: Value) -> Response {
    const { check_declarations::<E>() };
    let given = event.pointer("/requestContext/requestId").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = given.map_or_else(|| new_id(context), str::to_owned);
    let span = tracing::info_span!("request", request_id = id, route = %E::ROUTE);
    let is_head = event.pointer("/requestContext/http/method").and_then(Value::as_str) == Some("HEAD");
    let response = match Request::from_event(event, E::ROUTE, &id) {
        Ok(request) => {
            let request = request.behind(context.own_settings().proxy.as_ref());
            respond::<E>(&context.for_request(&id), permit, &request).instrument(span).await
        }
        Err(error) => span.in_scope(|| {
            let row = error.row();
            log_request(context, row.code.status(), row.reason(), None, 0);
            row.problem_response(&id, context.own_settings().missing_token).with_default_headers(&id)
        }),
    };
    if is_head { response.without_body() } else { response }
}

/// An id for a request without an id.
fn new_id(context: &Context) -> String {
    let id = auth::uuid_v7(context.clock().now(), &**context.entropy());
    id.map_or_else(|_| "unknown".to_owned(), |id| id.to_string())
}

async fn respond<E: Endpoint>(context: &Context, permit: &Permit, request: &Request) -> Response {
    let started = context.clock().now();
    let state = RequestContext { context, permit, request, limits: Mutex::default(), caller: OnceLock::new() };
    // A library may panic. Then this request fails, and the process continues. `told` is inside, because a domain's code
    // makes the row of its error. Boxed, so that the types of the futures around the endpoint and of those in it are not
    // nested in each other: together they can exceed the compiler's recursion limit in a binary.
    let answered: BoxFuture<'_, Result<Response, (ErrorRow, String)>> =
        Box::pin(async { run::<E>(&state).await.map_err(|error| told(&error)) });
    let outcome = match AssertUnwindSafe(tokio::time::timeout(DEADLINE, answered)).catch_unwind().await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(told(&Error::Deadline)),
        Err(_) => Err(told(&Error::Internal("a panic".to_owned()))),
    };
    let (mut response, reason) = match outcome {
        Ok(mut response) => {
            response.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(E::CACHE_CONTROL));
            (response, "ok")
        }
        Err((row, cause)) => {
            log_failure(&row, &cause, request.address(), state.caller());
            let (reason, row) = (row.reason(), row.behind(request.base_path()));
            (row.problem_response(request.id(), context.own_settings().missing_token), reason)
        }
    };
    state.add_headers(&mut response);
    let took = context.clock().now().duration_since(started).as_millis();
    log_request(context, response.status, reason, state.caller(), took as i64);
    response.with_default_headers(request.id())
}

/// The row and the cause of an error.
fn told(error: &Error) -> (ErrorRow, String) {
    (error.row(), error.to_string())
}

/// The steps of every call. The body is not read before the caller is admitted. Reads run beside the limits, so that a
/// call waits for the slower one only. Writes, hashes and the response wait for all limits.
async fn run<E: Endpoint>(state: &RequestContext<'_>) -> Result<Response> {
    let (context, uses) = (state.context, state.context.part::<E::Uses>(state.permit)?);
    if E::READ_AHEAD {
        return read_ahead::<E>(state, uses).await;
    }
    let (caller, mut input) = state.beside::<E, _>(&[LimitKey::Ip], None, state.read::<E>(&uses)).await?;
    let subject = input.subject();
    state.beside::<E, _>(&SUBJECT, subject.as_deref(), input.load(context, &uses)).await?;
    if !input.knows_address() {
        state.limit::<E>(&[LimitKey::NewAddresses], subject.as_deref()).await?;
    }
    // Boxed, so that an endpoint's own futures may be nested as deeply as the compiler allows.
    let handle: BoxFuture<'_, Result<E::Output>> = Box::pin(E::handle(context, uses, caller, input));
    Ok(handle.await?.into_response(state.request))
}

/// The steps of an endpoint with [`Endpoint::READ_AHEAD`]: the limits by user run beside the endpoint.
async fn read_ahead<E: Endpoint>(state: &RequestContext<'_>, uses: E::Uses) -> Result<Response> {
    let caller = state.admit::<E>().await?;
    let output = async {
        let input = E::Input::from_request(state.context, &uses, state.request).await?;
        E::handle(state.context, uses.clone(), caller, input).await
    };
    let subject = state.caller().map(limit_subject);
    let output = state.beside::<E, _>(&[LimitKey::User], subject.as_deref(), output).await?;
    Ok(output.into_response(state.request))
}

/// The name of a caller in the counters of the limits by user.
fn limit_subject(caller: Principal) -> String {
    caller.user_id().map_or_else(|| caller.to_string(), |id| id.to_string())
}

/// The state of a request so far, for its headers and its log line.
struct RequestContext<'a> {
    context: &'a Context,
    permit: &'a Permit,
    request: &'a Request,
    limits: Mutex<Vec<LimitStatus>>,
    caller: OnceLock<Principal>,
}

impl RequestContext<'_> {
    /// Runs `reads` beside the limits with these keys. A limit that refuses the call ends the reads, and its refusal
    /// comes before their errors. If a counter was spent lately, the reads wait for the limits: a caller who is refused
    /// again and again costs no reads.
    async fn beside<E: Endpoint, T>(
        &self,
        keys: &[LimitKey],
        subject: Option<&str>,
        reads: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let limit = self.limit::<E>(keys, subject);
        if self.was_spent::<E>(keys, subject)? {
            limit.await?;
            return reads.await;
        }
        let ((), read) = try_join(limit, reads.map(Ok)).await?;
        read
    }

    /// Whether a counter of these limits was spent lately.
    fn was_spent<E: Endpoint>(&self, keys: &[LimitKey], subject: Option<&str>) -> Result<bool> {
        if E::LIMITS.is_empty() {
            return Ok(false);
        }
        let now = self.context.clock().now().as_millisecond();
        let limiter = self.context.part::<Limiter>(self.permit)?;
        Ok(self.counters::<E>(keys, subject).any(|(limit, key)| limiter.was_spent(&key, limit, now)))
    }

    /// The endpoint's limits with these keys, and the keys of their counters.
    fn counters<E: Endpoint>(&self, keys: &[LimitKey], subject: Option<&str>) -> impl Iterator<Item = (Limit, String)> {
        let address = self.request.address().to_string();
        E::LIMITS.iter().filter(move |limit| keys.contains(&limit.by)).filter_map(move |limit| {
            // Without a subject, limits by subject do not apply.
            let subject = subject.or((limit.by == LimitKey::Ip).then_some(""))?;
            Some((*limit, limit.key(&limit.scope(E::ROUTE), subject, &address)))
        })
    }

    /// Admits the caller, and reads the input.
    async fn read<E: Endpoint>(&self, uses: &E::Uses) -> Result<(<E::Access as Access>::Proof, E::Input)> {
        let caller = self.admit::<E>().await?;
        self.limit::<E>(&[LimitKey::User], self.caller().map(limit_subject).as_deref()).await?;
        Ok((caller, E::Input::from_request(self.context, uses, self.request).await?))
    }

    /// The caller, if known.
    fn caller(&self) -> Option<Principal> {
        self.caller.get().copied()
    }

    /// Checks the caller, and records who it is. Boxed, so that the binaries of public endpoints don't contain the
    /// code that checks tokens.
    fn admit<E: Endpoint>(&self) -> BoxFuture<'_, Result<<E::Access as Access>::Proof>> {
        if is_public::<E>() {
            let anyone = E::Access::anyone().ok_or_else(|| Error::Internal("a public level".to_owned()));
            return Box::pin(std::future::ready(anyone));
        }
        Box::pin(self.check::<E>())
    }

    async fn check<E: Endpoint>(&self) -> Result<<E::Access as Access>::Proof> {
        let no_guard = || Error::Internal("this process has no guard".to_owned());
        let guard = self.context.guard().ok_or_else(no_guard)?;
        let admitted = guard.admit::<E::Access>(&self.request.authorization(), self.context.clock().now()).await;
        if let Some(caller) = admitted.as_ref().map_or_else(|rejection| rejection.principal, Caller::principal) {
            let _ = self.caller.set(caller);
        }
        Ok(admitted.map_err(|rejection| rejection.error)?)
    }

    /// Counts the call against the endpoint's limits with these keys, one after the other: a call that one limit refuses
    /// does not count against the next. Boxed, so that the binaries of endpoints without limits don't contain the code
    /// that counts them.
    fn limit<'s, E: Endpoint>(&'s self, keys: &'s [LimitKey], subject: Option<&'s str>) -> BoxFuture<'s, Result<()>> {
        if E::LIMITS.is_empty() {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(self.count::<E>(keys, subject))
    }

    async fn count<E: Endpoint>(&self, keys: &[LimitKey], subject: Option<&str>) -> Result<()> {
        let limiter = self.context.part::<Limiter>(self.permit)?;
        for (limit, key) in self.counters::<E>(keys, subject) {
            match limiter.acquire(&key, limit, &**self.context.clock()).await {
                Ok(status) => self.limits().push(status),
                Err((error @ Error::LimiterUnavailable(_), _)) if !limit.fails_closed => {
                    log_open_limiter(&error, limit.by.as_str());
                }
                Err((error, status)) => {
                    self.limits().extend(status);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn limits(&self) -> std::sync::MutexGuard<'_, Vec<LimitStatus>> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `RateLimit-Policy` and `RateLimit`, as in draft-ietf-httpapi-ratelimit-headers.
    fn add_headers(&self, response: &mut Response) {
        // The limit of new addresses is left out: it would reveal whether this address is known.
        let limits = self.limits();
        let shown = || limits.iter().filter(|status| status.limit.by != LimitKey::NewAddresses);
        let join = |item: fn(&LimitStatus) -> String| shown().map(item).collect::<Vec<_>>().join(", ");
        let policy = join(|s| format!(r#""{}";q={};w={}"#, s.limit.by.as_str(), s.limit.burst, s.limit.window));
        let state = join(|s| format!(r#""{}";r={};t={}"#, s.limit.by.as_str(), s.remaining, s.reset));
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(&value)) {
                response.headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

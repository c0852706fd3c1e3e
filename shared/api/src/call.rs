use std::panic::AssertUnwindSafe;
use std::time::Duration;

use auth::{Access, BoxFuture, Caller, Principal};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, header};
use serde_json::Value;
use tracing::Instrument;

use crate::context::{Context, Permit};
use crate::endpoint::{Endpoint, check_declarations, is_public};
use crate::error::{Error, ErrorRow, Result};
use crate::limits::{LimitKey, LimitStatus, Limiter};
use crate::log::{log_failure, log_open_limiter, log_request};
use crate::request::{FromRequest, Request};
use crate::response::{IntoResponse, Response};

/// A response must arrive within 5 s. A request fails after 4.7 s, because sending the response takes time, too.
const DEADLINE: Duration = Duration::from_millis(4_700);

/// The limits by subject, for calls from an address that the subject is known to use.
const SUBJECT: [LimitKey; 2] = [LimitKey::Subject, LimitKey::SubjectAndIp];
/// The limits by subject, for calls from a new address.
const NEW_SUBJECT: [LimitKey; 3] = [LimitKey::Subject, LimitKey::SubjectAndIp, LimitKey::NewAddresses];

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
    let mut state = RequestContext { context, permit, request, limits: Vec::new(), caller: None };
    // A library may panic. Then this request fails, and the process continues. `told` is inside, because a domain's code
    // makes the row of its error.
    let answered = async { run::<E>(&mut state).await.map_err(|error| told(&error)) };
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
            log_failure(&row, &cause, request.address(), state.caller);
            let (reason, row) = (row.reason(), row.behind(request.base_path()));
            (row.problem_response(request.id(), context.own_settings().missing_token), reason)
        }
    };
    state.add_headers(&mut response);
    let took = context.clock().now().duration_since(started).as_millis();
    log_request(context, response.status, reason, state.caller, took as i64);
    response.with_default_headers(request.id())
}

/// The row and the cause of an error.
fn told(error: &Error) -> (ErrorRow, String) {
    (error.row(), error.to_string())
}

/// The steps of every call. The body is not read before the caller is admitted.
async fn run<E: Endpoint>(state: &mut RequestContext<'_>) -> Result<Response> {
    let (context, request) = (state.context, state.request);
    state.limit::<E>(&[LimitKey::Ip], None).await?;
    let caller = state.admit::<E>().await?;
    state.limit::<E>(&[LimitKey::User], state.caller.map(limit_subject)).await?;
    let uses = context.part::<E::Uses>(state.permit)?;
    let input = E::Input::from_request(context, &uses, request).await?;
    if let Some(subject) = FromRequest::<E::Uses>::subject(&input) {
        let known = FromRequest::<E::Uses>::knows_address(&input);
        let keys: &[LimitKey] = if known { &SUBJECT } else { &NEW_SUBJECT };
        state.limit::<E>(keys, Some(subject)).await?;
    }
    let output = E::handle(context, uses, caller, input).await?;
    Ok(output.into_response(request))
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
    limits: Vec<LimitStatus>,
    caller: Option<Principal>,
}

impl RequestContext<'_> {
    /// Checks the caller, and records who it is. Boxed, so that the binaries of public endpoints don't contain the
    /// code that checks tokens.
    fn admit<E: Endpoint>(&mut self) -> BoxFuture<'_, Result<<E::Access as Access>::Proof>> {
        if is_public::<E>() {
            let anyone = E::Access::anyone().ok_or_else(|| Error::Internal("a public level".to_owned()));
            return Box::pin(std::future::ready(anyone));
        }
        Box::pin(self.check::<E>())
    }

    async fn check<E: Endpoint>(&mut self) -> Result<<E::Access as Access>::Proof> {
        let no_guard = || Error::Internal("this process has no guard".to_owned());
        let guard = self.context.guard().ok_or_else(no_guard)?;
        let admitted = guard.admit::<E::Access>(&self.request.authorization(), self.context.clock().now()).await;
        self.caller = admitted.as_ref().map_or_else(|rejection| rejection.principal, Caller::principal);
        Ok(admitted.map_err(|rejection| rejection.error)?)
    }

    /// Counts the call against the endpoint's limits with these keys. Boxed, so that the binaries of endpoints without
    /// limits don't contain the code that counts them.
    fn limit<'s, E: Endpoint>(
        &'s mut self,
        keys: &'s [LimitKey],
        subject: Option<String>,
    ) -> BoxFuture<'s, Result<()>> {
        if E::LIMITS.is_empty() {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(self.count::<E>(keys, subject))
    }

    async fn count<E: Endpoint>(&mut self, keys: &[LimitKey], subject: Option<String>) -> Result<()> {
        for limit in E::LIMITS.iter().filter(|limit| keys.contains(&limit.by)) {
            let (subject, address) = (subject.as_deref().unwrap_or_default(), self.request.address().to_string());
            let key = limit.key(&limit.scope(E::ROUTE), subject, &address);
            let limiter = self.context.part::<Limiter>(self.permit)?;
            match limiter.acquire(&key, *limit, &**self.context.clock()).await {
                Ok(status) => self.limits.push(status),
                Err((error @ Error::LimiterUnavailable(_), _)) if !limit.fails_closed => {
                    log_open_limiter(&error, limit.by.as_str());
                }
                Err((error, status)) => {
                    self.limits.extend(status);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// `RateLimit-Policy` and `RateLimit`, as in draft-ietf-httpapi-ratelimit-headers.
    fn add_headers(&self, response: &mut Response) {
        // The limit of new addresses is left out: it would reveal whether this address is known.
        let shown = || self.limits.iter().filter(|status| status.limit.by != LimitKey::NewAddresses);
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

use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Duration;

use auth::{Caller, UserId};
use futures_util::FutureExt;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;
use tracing::Instrument;

use crate::answer::{Answer, Output};
use crate::app::App;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::limit::By;
use crate::limiter::Standing;
use crate::log;
use crate::refusal::refusal;
use crate::request::Request;

/// The whole request answers within 5 s; this leaves some of it for the answer's way back.
const DEADLINE: Duration = Duration::from_millis(4_700);

/// Limits by what the input names, at an address that is known to it.
const SUBJECT: [By; 2] = [By::Subject, By::SubjectAndIp];
/// The same at an address that is new to it.
const NEW_SUBJECT: [By; 3] = [By::Subject, By::SubjectAndIp, By::NewAddresses];

/// Answers one API Gateway HTTP API event (payload version 2.0) with endpoint `E`. Never fails and never panics.
pub async fn call<E: Endpoint>(app: &App, event: Value) -> Answer {
    const { crate::limit::check::<E>() };
    let given = event.pointer("/requestContext/requestId").and_then(Value::as_str).filter(|id| !id.is_empty());
    let id = given.map_or_else(|| new_id(app), str::to_owned);
    let span = tracing::info_span!("request", request_id = id, route = %E::ROUTE);
    match Request::from_event(event, E::ROUTE, &id) {
        Ok(request) => {
            let request = request.behind(app.edge.as_ref());
            answer::<E>(&app.for_endpoint::<E>(), &request).instrument(span).await
        }
        Err(error) => span.in_scope(|| unreadable(app, &error, &id)),
    }
}

/// The one line that every request has.
fn log_request(app: &App, status: StatusCode, reason: &str, user: Option<UserId>, duration_ms: i64) {
    let (status, user) = (status.as_u16(), user.map(|id| id.to_string()));
    let cold_start = app.cold.swap(false, Ordering::Relaxed).then_some(true);
    tracing::info!(event = "request", status, reason, user, duration_ms, cold_start);
}

/// An id for a request to which the gateway gave none.
fn new_id(app: &App) -> String {
    let id = auth::uuid_v7(app.clock.now(), &*app.entropy);
    id.map_or_else(|_| "unknown".to_owned(), |id| id.to_string())
}

/// The answer to what is no HTTP API event.
fn unreadable(app: &App, error: &Error, id: &str) -> Answer {
    let (status, reason) = error.face();
    log_request(app, status, reason, None, 0);
    finish(error.problem(id, app.missing_token), id)
}

async fn answer<E: Endpoint>(app: &App, request: &Request) -> Answer {
    let started = app.clock.now();
    let mut trail = Trail { app, request, standings: Vec::new(), user: None };
    // Nothing here panics on purpose, but a library may: that costs one request its answer, not others theirs.
    let guarded = AssertUnwindSafe(tokio::time::timeout(DEADLINE, run::<E>(&mut trail))).catch_unwind();
    let outcome = match guarded.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Error::Deadline),
        Err(_) => Err(Error::Internal("a panic".to_owned())),
    };
    let (mut answer, reason) = match outcome {
        Ok(mut answer) => {
            answer.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(E::CACHE_CONTROL));
            (answer, "ok")
        }
        Err(error) => {
            let reason = log::log_failure(&error, request.address(), trail.user);
            (error.problem(request.id(), app.missing_token), reason)
        }
    };
    trail.add_headers(&mut answer);
    let took = app.clock.now().duration_since(started).as_millis();
    log_request(app, answer.status, reason, trail.user, took as i64);
    finish(answer, request.id())
}

/// The path of every call. Nothing of the body is looked at before the caller is admitted.
async fn run<E: Endpoint>(trail: &mut Trail<'_>) -> Result<Answer> {
    let (app, request) = (trail.app, trail.request);
    trail.limit::<E>(&[By::Ip], None).await?;
    let admitted = app.guard.admit::<E::Access>(&request.authorization(), app.clock.now()).await;
    trail.user = admitted.as_ref().map_or_else(|refused| refused.user, Caller::user_id);
    let caller = admitted.map_err(|refused| refused.error)?;
    trail.limit::<E>(&[By::User], trail.user.map(|id| id.to_string())).await?;
    let input = E::Input::read(app, request).await?;
    if let Some(subject) = input.subject() {
        let by: &[By] = if input.knows_address() { &SUBJECT } else { &NEW_SUBJECT };
        trail.limit::<E>(by, Some(subject)).await?;
    }
    let output = E::handle(app, caller, input).await?;
    Ok(output.answer(request))
}

/// What became known of a request on its way, for its headers and its log line.
struct Trail<'a> {
    app: &'a App,
    request: &'a Request,
    standings: Vec<Standing>,
    user: Option<UserId>,
}

impl Trail<'_> {
    /// Counts the call against the endpoint's limits of these kinds.
    async fn limit<E: Endpoint>(&mut self, kinds: &[By], subject: Option<String>) -> Result<()> {
        for limit in E::LIMITS.iter().filter(|limit| kinds.contains(&limit.by)) {
            let (subject, address) = (subject.as_deref().unwrap_or_default(), self.request.address().to_string());
            let key = limit.key(&E::ROUTE.to_string(), subject, &address);
            match self.app.limiter.take(&key, *limit, &*self.app.clock).await {
                Ok(standing) => self.standings.push(standing),
                Err((Error::LimiterUnavailable(cause), _)) if !limit.fails_closed => {
                    let (limit, error) = (limit.by.as_str(), Error::LimiterUnavailable(cause));
                    let reason = refusal(&error).map(|(_, reason)| reason);
                    tracing::error!(event = "limiter_failed_open", reason, limit, cause = %error);
                }
                Err((error, standing)) => {
                    self.standings.extend(standing);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// `RateLimit-Policy` and `RateLimit`, as in draft-ietf-httpapi-ratelimit-headers.
    fn add_headers(&self, answer: &mut Answer) {
        // Whether the limit of new addresses was asked would tell whose address this is.
        let shown = || self.standings.iter().filter(|standing| standing.limit.by != By::NewAddresses);
        let join = |item: fn(&Standing) -> String| shown().map(item).collect::<Vec<_>>().join(", ");
        let policy = join(|s| format!(r#""{}";q={};w={}"#, s.limit.by.as_str(), s.limit.burst, s.limit.window));
        let state = join(|s| format!(r#""{}";r={};t={}"#, s.limit.by.as_str(), s.remaining, s.reset));
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_str(&value)) {
                answer.headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

fn finish(mut answer: Answer, request_id: &str) -> Answer {
    let headers = &mut answer.headers;
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    answer
}

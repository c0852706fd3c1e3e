//! The handler of your own Lambda: three routes, one for each level.
#![deny(missing_docs)]

use auth::{Clock, Error, Guard, Rejection, SystemClock};
use auth::{SignedIn, Staff, StaffOnly, Superuser, SuperuserOnly, User};
use lambda_http::http::{HeaderValue, Method, StatusCode, header};
use lambda_http::{Body, Request, Response, tracing};
use serde_json::{Value, json};

/// Handles one request.
pub async fn handle(guard: &Guard, request: Request) -> Response<Body> {
    match route(guard, &request).await {
        Ok(Some(body)) => json_response(StatusCode::OK, &body),
        Ok(None) => json_response(StatusCode::NOT_FOUND, &json!({ "code": "not_found" })),
        Err(Rejection { error, principal }) => {
            tracing::warn!(?principal, %error, "not admitted");
            error_response(&error)
        }
    }
}

/// Admits the caller to the route's level, and passes the proof on. `None`: the route does not exist.
async fn route(guard: &Guard, request: &Request) -> Result<Option<Value>, Rejection> {
    let headers = authorization(request);
    let now = SystemClock.now();
    Ok(Some(match (request.method(), request.uri().path()) {
        (&Method::GET, "/mine") => mine(&guard.admit::<SignedIn>(&headers, now).await?),
        (&Method::GET, "/staff") => for_staff(&guard.admit::<StaffOnly>(&headers, now).await?),
        (&Method::GET, "/superuser") => for_superusers(&guard.admit::<SuperuserOnly>(&headers, now).await?),
        _ => return Ok(None),
    }))
}

/// All `Authorization` headers. A header that is not visible ASCII becomes an invalid token.
fn authorization(request: &Request) -> Vec<&str> {
    let values = request.headers().get_all(header::AUTHORIZATION).iter();
    values.map(|value| value.to_str().unwrap_or("Bearer \u{fffd}")).collect()
}

/// For a signed-in user. The user comes from the proof, never from the request.
fn mine(user: &User) -> Value {
    json!({ "user_id": user.id(), "session_id": user.session_id() })
}

/// Can't be called without the proof that the caller is staff.
fn for_staff(staff: &Staff) -> Value {
    json!({ "staff_id": staff.user().id() })
}

/// Can't be called without the proof that the caller is a superuser.
fn for_superusers(superuser: &Superuser) -> Value {
    json!({ "superuser_id": superuser.user().id() })
}

/// The response to a refused caller, like the API's own. Only the log has the reason why a token is bad.
fn error_response(error: &Error) -> Response<Body> {
    let (status, code) = match error {
        Error::TokenMissing => (StatusCode::FORBIDDEN, "token_missing"),
        Error::TokenInvalid(_) => (StatusCode::UNAUTHORIZED, "token_invalid"),
        Error::TokenExpired => (StatusCode::UNAUTHORIZED, "token_expired"),
        Error::StaffRequired => (StatusCode::FORBIDDEN, "staff_required"),
        Error::SuperuserRequired => (StatusCode::FORBIDDEN, "superuser_required"),
        Error::UserRequired => (StatusCode::FORBIDDEN, "user_required"),
        Error::ReauthenticationRequired(_) => (StatusCode::UNAUTHORIZED, "reauthentication_required"),
        Error::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    let mut response = json_response(status, &json!({ "code": code }));
    let (name, value) = match status {
        StatusCode::UNAUTHORIZED if code == "reauthentication_required" => {
            (header::WWW_AUTHENTICATE, r#"Bearer error="insufficient_user_authentication", max_age=300"#)
        }
        StatusCode::UNAUTHORIZED => (header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#),
        StatusCode::SERVICE_UNAVAILABLE => (header::RETRY_AFTER, "1"),
        _ => return response,
    };
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

fn json_response(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

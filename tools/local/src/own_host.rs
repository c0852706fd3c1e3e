//! Only requests for this machine. A DNS server can point any name here: then a page of that name could read the
//! responses in a browser, and use the demo accounts or the database.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{Response, StatusCode, Version, header};
use axum::middleware::{Next, from_fn};

use crate::gateway::gateway_error;

/// Refuses requests for any host but this machine, as API Gateway refuses unknown hosts: 403, before any function runs.
pub fn refuse_other_hosts(router: Router) -> Router {
    router.layer(from_fn(async |request: Request, next: Next| {
        let (parts, body) = request.into_parts();
        if is_for_this_machine(&parts) { next.run(Request::from_parts(parts, body)).await } else { forbidden() }
    }))
}

/// Also refuses every request of a page: browsers send `Origin` with all requests that could read or change anything.
pub(crate) fn refuse_pages(router: Router) -> Router {
    let router = router.layer(from_fn(async |request: Request, next: Next| {
        if request.headers().contains_key(header::ORIGIN) { forbidden() } else { next.run(request).await }
    }));
    refuse_other_hosts(router)
}

fn forbidden() -> Response<Body> {
    gateway_error(StatusCode::FORBIDDEN, "Forbidden")
}

/// Every name in the request must be a name of this machine. HTTP/1 names the host in one header, and perhaps in the
/// target. HTTP/2 names it as `:authority`, which is the target's here, and perhaps in the header.
fn is_for_this_machine(request: &Parts) -> bool {
    let headers: Vec<_> = request.headers.get_all(header::HOST).iter().collect();
    let target = request.uri.authority();
    let enough = match headers.len() {
        0 => request.version >= Version::HTTP_2 && target.is_some(),
        count => count == 1,
    };
    let named = headers.iter().map(|host| Authority::try_from(host.as_bytes()).ok());
    enough && named.chain(target.cloned().map(Some)).all(|host| host.is_some_and(|host| is_this_machine(&host)))
}

fn is_this_machine(authority: &Authority) -> bool {
    let host = authority.host();
    let is_loopback = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    !authority.as_str().contains('@') && (is_loopback || host == "[::1]" || host.eq_ignore_ascii_case("localhost"))
}

use http::{HeaderName, HeaderValue, header};

use super::Response;

const NO_STORE: &str = "no-store";

/// The headers of every response that has no other value for them (OWASP ASVS 5.0, 3.4). No page shows a response of the
/// API, and no other site embeds one.
const DEFAULT_HEADERS: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, NO_STORE),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

impl Response {
    /// The response with the headers of every response.
    pub(crate) fn with_default_headers(mut self, request_id: &str) -> Self {
        for (name, value) in DEFAULT_HEADERS {
            self.headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        if self.headers.get(header::CACHE_CONTROL).is_some_and(|value| value != NO_STORE) {
            // The gateway answers each of the allowed origins with another Access-Control-Allow-Origin.
            self.headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        self.with(HeaderName::from_static("x-request-id"), request_id)
    }
}

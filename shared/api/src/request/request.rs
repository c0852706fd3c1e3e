use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::Value;

use super::address::{ClientAddress, TrustedProxy};
use super::declared;
use crate::error::{Error, Result};
use crate::route::Route;

/// Upper bound on the size of a body, in bytes.
const LARGEST_BODY: usize = 64 * 1024;

/// One request, as the gateway hands it over. There is no routing here: a process serves one endpoint.
pub struct Request {
    event: ApiGatewayV2httpRequest,
    route: Route,
    id: String,
    address: ClientAddress,
}

impl Request {
    /// Reads an API Gateway HTTP API event, payload version 2.0. `id` is the request's id.
    ///
    /// `lambda_http`'s own conversion to an [`http::Request`] panics on some events that a client can cause (a space in
    /// the query, malformed base64, an odd `Host`), so the event is read directly.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the event has another form.
    pub fn from_event(mut event: Value, route: Route, id: &str) -> Result<Self> {
        mask_control_characters(&mut event);
        let event: ApiGatewayV2httpRequest =
            serde_json::from_value(event).map_err(|_| Error::Malformed("it is no HTTP API event"))?;
        let address = ClientAddress::parse(event.request_context.http.source_ip.as_deref().unwrap_or_default());
        Ok(Self { event, route, id: id.to_owned(), address })
    }

    /// The same request. If the request came through the proxy, its address is the client's address from the proxy.
    pub(crate) fn behind(mut self, proxy: Option<&TrustedProxy>) -> Self {
        self.address = proxy.and_then(|proxy| proxy.viewer(self.headers())).unwrap_or(self.address);
        self
    }

    /// The id of the request, from the gateway if it gave one.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The endpoint's route.
    pub fn route(&self) -> Route {
        self.route
    }

    /// The caller's address. Not taken from a header, except from the header of a [`TrustedProxy`].
    pub fn address(&self) -> ClientAddress {
        self.address
    }

    /// The part of the path before the route, such as the name of a stage.
    pub fn base_path(&self) -> &str {
        let path = self.event.raw_path.as_deref().unwrap_or_default();
        let base = path.strip_suffix(self.route.path).unwrap_or_default();
        let is_plain = base.bytes().all(|c| c.is_ascii_alphanumeric() || b"/-._~".contains(&c));
        if is_plain && !base.starts_with("//") { base } else { "" }
    }

    /// All `Authorization` headers. A value that is not visible ASCII is kept as a value that matches no token.
    pub fn authorization(&self) -> Vec<&str> {
        let values = self.event.headers.get_all(header::AUTHORIZATION).iter();
        values.map(|value| value.to_str().unwrap_or("Bearer \u{fffd}")).collect()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.event.headers
    }

    /// A parameter of the path, decoded.
    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        self.event.path_parameters.get(name).map(String::as_str)
    }

    /// All parameters of the path, decoded.
    pub(crate) fn path_parameters(&self) -> BTreeMap<&str, &str> {
        self.event.path_parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// All parameters of the query, decoded: `+` and `%20` are spaces, bad escapes stay as they are.
    pub fn query(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.event.raw_query_string.as_deref().unwrap_or_default().as_bytes())
    }

    /// The body of a request that must have a JSON body.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::MediaType`], [`Error::ContentCoding`] or [`Error::Charset`], or
    /// [`Error::Malformed`] when the body can't be decoded.
    pub fn json_body(&self) -> Result<Cow<'_, [u8]>> {
        self.encoded_body()?;
        declared::check(&self.event.headers)?;
        self.body()
    }

    /// The body of a request, of any media type.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or [`Error::Malformed`] when the body can't be decoded.
    pub fn body(&self) -> Result<Cow<'_, [u8]>> {
        let body = self.encoded_body()?;
        if !self.event.is_base64_encoded {
            return Ok(Cow::Borrowed(body.as_bytes()));
        }
        let decoded = STANDARD.decode(body).map_err(|_| Error::Malformed("the body is not base64"))?;
        if decoded.len() > LARGEST_BODY { Err(Error::TooLarge) } else { Ok(Cow::Owned(decoded)) }
    }

    fn encoded_body(&self) -> Result<&str> {
        let body = self.event.body.as_deref().unwrap_or_default();
        let largest = if self.event.is_base64_encoded { LARGEST_BODY.div_ceil(3) * 4 } else { LARGEST_BODY };
        if body.len() > largest { Err(Error::TooLarge) } else { Ok(body) }
    }
}

/// HTTP headers have no control characters. A header with control characters would make the whole event unreadable.
/// Masked, the header is only not plain ASCII, and so matches nothing.
fn mask_control_characters(event: &mut Value) {
    let headers = event.get_mut("headers").and_then(Value::as_object_mut);
    for value in headers.into_iter().flat_map(|headers| headers.values_mut()) {
        if let Value::String(text) = value {
            *text = text.replace(|c: char| c.is_ascii_control() && c != '\t', "\u{fffd}");
        }
    }
}

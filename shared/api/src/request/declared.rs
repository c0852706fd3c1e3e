use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};
use mediatype::{MediaType, ReadParams};

use crate::error::{Error, Result};

/// The charset's name, and the name that many clients send instead.
const UTF8: [&str; 2] = ["utf-8", "utf8"];

/// Refuses bodies that are not declared as JSON, are compressed, or have another charset than UTF-8 (RFC 8259, 8.1).
///
/// # Errors
/// [`Error::MediaType`], [`Error::ContentCoding`], or [`Error::Charset`].
pub(super) fn check(headers: &HeaderMap) -> Result<()> {
    let declared = joined(headers, CONTENT_TYPE);
    let declared = MediaType::parse(&declared).map_err(|_| Error::MediaType)?;
    if !declared.essence().to_string().eq_ignore_ascii_case("application/json") {
        return Err(Error::MediaType);
    }
    let codings = joined(headers, CONTENT_ENCODING);
    let mut codings = codings.split(',').map(str::trim);
    if !codings.all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case("identity")) {
        return Err(Error::ContentCoding);
    }
    let mut charsets = declared.params().filter(|(name, _)| name.as_str().eq_ignore_ascii_case("charset"));
    let is_utf8 =
        charsets.all(|(_, charset)| UTF8.iter().any(|name| charset.unquoted_str().eq_ignore_ascii_case(name)));
    if is_utf8 { Ok(()) } else { Err(Error::Charset) }
}

/// All values of a header (RFC 9110, 5.3). A value that is not visible ASCII matches nothing.
fn joined(headers: &HeaderMap, name: HeaderName) -> String {
    let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    values.collect::<Vec<_>>().join(",")
}

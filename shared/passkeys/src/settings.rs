use crate::error::{Error, Result};

/// Refuses an RP ID and an origin that no browser brings together. Otherwise such a mistake would show only in a browser.
pub(crate) fn check(rp_id: &str, origin: &str) -> Result<()> {
    let wrong = |reason| Err(Error::Settings(reason));
    if !is_domain(rp_id) {
        return wrong("the RP ID is not a domain in lower case, or localhost");
    }
    let Some((scheme, host)) = parts(origin) else {
        return wrong("the origin is not of the form https://host or https://host:port");
    };
    if !is_domain(host) || !is_at_or_below(host, rp_id) {
        return wrong("the host of the origin is neither the RP ID nor below it");
    }
    if scheme == "http" && !is_at_or_below(host, "localhost") {
        return wrong("only localhost may do without https");
    }
    Ok(())
}

/// The scheme and the host of an origin in the one form in which browsers send it.
fn parts(origin: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = origin.split_once("://")?;
    let default = match scheme {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let Some((host, text)) = rest.split_once(':') else { return Some((scheme, rest)) };
    let port: u16 = text.parse().ok()?;
    (port != default && port.to_string() == text).then_some((scheme, host))
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits is that of an IPv4 address.
    let named = text.rsplit('.').next().is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(label) && named && (text.contains('.') || text == "localhost")
}

fn is_at_or_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

use crate::error::{Error, Reason, Result};

/// The bearer token in the request's `Authorization` headers (RFC 6750, 2.1).
///
/// A header with another scheme, or without a token, counts as no token. A `Bearer` header with anything but one token
/// is malformed. Several headers are malformed if one of them is a bearer header: some gateways join them with a comma.
pub(crate) fn token<'a>(headers: &[&'a str]) -> Result<&'a str> {
    match headers {
        [] => Err(Error::TokenMissing),
        [one] => single(one),
        many if many.iter().any(|one| after_scheme(one).is_some()) => Err(Reason::Malformed.into()),
        _ => Err(Error::TokenMissing),
    }
}

fn single(header: &str) -> Result<&str> {
    let Some(rest) = after_scheme(header) else {
        let joined = header.split(',').any(|part| after_scheme(part.trim()).is_some());
        return Err(if joined { Reason::Malformed.into() } else { Error::TokenMissing });
    };
    let token = rest.trim_matches(' ');
    if token.trim().is_empty() {
        return Err(Error::TokenMissing);
    }
    let spaced = rest.starts_with(' ');
    if spaced && token.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.')) {
        Ok(token)
    } else {
        Err(Reason::Malformed.into())
    }
}

/// The text after the scheme name `Bearer`, in upper or lower case. `None` for longer names such as `BearerToken`.
fn after_scheme(header: &str) -> Option<&str> {
    const SCHEME: &str = "bearer";
    let header = header.trim_start_matches(' ');
    let (scheme, rest) = header.split_at_checked(SCHEME.len())?;
    let ends_here = !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    (scheme.eq_ignore_ascii_case(SCHEME) && ends_here).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_header_has_exactly_one_token() {
        for good in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c", "Bearer  a.b.c", "Bearer a.b.c "] {
            assert!(matches!(token(&[good]), Ok("a.b.c")), "{good:?}");
        }
        for missing in ["", " ", "Bearer", "Bearer ", "Bearer\t", "BearerT a.b.c", "Basic a.b.c", "a.b.c", "Bear"] {
            assert!(matches!(token(&[missing]), Err(Error::TokenMissing)), "{missing:?}");
        }
        for bad in [
            "Bearer\ta.b.c",
            "Bearer a,Bearer b",
            "Bearer a; Bearer a",
            "Bearer \"a\"",
            "Bearer a b",
            "Bearer,a",
            "Basic x,Bearer a",
        ] {
            assert!(matches!(token(&[bad]), Err(Error::TokenInvalid(Reason::Malformed))), "{bad:?}");
        }
        assert!(matches!(token(&["Bearer a", "Bearer a"]), Err(Error::TokenInvalid(_))));
        assert!(matches!(token(&["Basic a", "Digest b"]), Err(Error::TokenMissing)));
        assert!(matches!(token(&[]), Err(Error::TokenMissing)));
    }
}

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use http::HeaderMap;

/// A caller's address, as limits count it: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(Option<IpAddr>);

impl ClientAddress {
    /// Reads the gateway's `sourceIp`. All unreadable addresses count as one.
    pub fn parse(source_ip: &str) -> Self {
        Self(source_ip.trim().parse().ok().map(canonical))
    }

    /// Whether the address could be read. All unreadable addresses count as one.
    pub fn is_readable(&self) -> bool {
        self.0.is_some()
    }
}

fn canonical(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// A CDN in front of the gateway. Requests with its secret may name the client's address.
#[derive(Clone)]
pub struct TrustedProxy {
    digest: [u8; 32],
}

impl TrustedProxy {
    /// Minimum length of the secret, in characters.
    pub const SHORTEST: usize = 32;
    /// The header with the secret.
    pub const SECRET: &str = "x-edge-secret";
    /// The header with the client's address and port, as CloudFront writes it.
    pub const VIEWER: &str = "cloudfront-viewer-address";

    /// The proxy that sends `secret`.
    pub fn new(secret: &str) -> Self {
        Self { digest: auth::sha256(secret.as_bytes()) }
    }

    /// The client's address, if the headers come from the CDN and the address can be read.
    pub(crate) fn viewer(&self, headers: &HeaderMap) -> Option<ClientAddress> {
        // Digests are compared, so that the time of the comparison reveals nothing about the secret.
        let shown = auth::sha256(headers.get(Self::SECRET)?.as_bytes());
        let (address, _port) = headers.get(Self::VIEWER)?.to_str().ok()?.rsplit_once(':')?;
        let address = ClientAddress::parse(address.trim_start_matches('[').trim_end_matches(']'));
        (shown == self.digest && address.is_readable()).then_some(address)
    }
}

impl fmt::Debug for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrustedProxy")
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(IpAddr::V6(network)) => write!(f, "{network}/64"),
            Some(ip) => ip.fmt(f),
            None => f.write_str("unknown"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_with_the_secret_names_the_address() {
        let proxy = TrustedProxy::new("a-secret-of-the-proxy-that-is-long");
        let viewer = |secret: &str, address: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TrustedProxy::SECRET, secret.parse().unwrap());
            headers.insert(TrustedProxy::VIEWER, address.parse().unwrap());
            proxy.viewer(&headers).map(|address| address.to_string())
        };
        let good = "a-secret-of-the-proxy-that-is-long";
        assert_eq!(viewer(good, "198.51.100.10:46532").as_deref(), Some("198.51.100.10"));
        assert_eq!(viewer(good, "2001:db8:0:1::9:46532").as_deref(), Some("2001:db8:0:1::/64"));
        assert_eq!(viewer(good, "[2001:db8:0:1::9]:46532").as_deref(), Some("2001:db8:0:1::/64"));
        for secret in ["", "another", &good[1..], &format!("{good},{good}"), &good.to_uppercase()] {
            assert_eq!(viewer(secret, "198.51.100.10:46532"), None, "{secret}");
        }
        for address in ["", "198.51.100.10", "unknown:1", ":1", "198.51.100.10:1, 198.51.100.11:1"] {
            assert_eq!(viewer(good, address), None, "{address}");
        }
        assert!(proxy.viewer(&HeaderMap::new()).is_none());
    }

    #[test]
    fn one_network_is_one_address() {
        let shown = |text: &str| ClientAddress::parse(text).to_string();
        assert_eq!(shown("2001:DB8:0:1::1"), "2001:db8:0:1::/64");
        assert_eq!(shown("2001:0db8:0000:0001:0000:0000:0000:0002"), "2001:db8:0:1::/64");
        assert!((0..1000).all(|host| shown(&format!("2001:db8:0:1::{host:x}")) == "2001:db8:0:1::/64"));
        assert_ne!(shown("2001:db8:0:2::1"), shown("2001:db8:0:1::1"));
        assert_eq!(shown("::ffff:203.0.113.9"), "203.0.113.9");
        for odd in ["", "unknown", "1.2.3", "203.0.113.9:80", "::g"] {
            assert_eq!(shown(odd), "unknown", "{odd}");
        }
    }
}

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// What counts as one caller's address: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(Option<IpAddr>);

impl ClientAddress {
    /// Reads the gateway's `sourceIp`. What can't be read counts as one shared address.
    pub fn parse(source_ip: &str) -> Self {
        Self(source_ip.trim().parse().ok().map(canonical))
    }

    /// Whether it could be read, so that it is not shared with others.
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
    fn i02_one_network_is_one_address() {
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

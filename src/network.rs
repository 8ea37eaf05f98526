//! Whose traffic this is, as far as an address tells.

mod forwarded;
mod proxies;
mod public;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use self::{forwarded::ForwardedHeader, proxies::TrustedProxies, public::is_public};

/// An IPv4 address, or the /64 that one IPv6 customer has to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    prefix: IpAddr,
    may_be_shared: bool,
}

impl Network {
    /// Where requests without a peer address come from.
    pub const UNKNOWN: Self = Self {
        prefix: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        may_be_shared: true,
    };

    /// The network of a peer, where nobody has said which peers are proxies.
    pub fn of(address: IpAddr) -> Self {
        Self {
            may_be_shared: is_local(address.to_canonical()),
            ..Self::of_client(address)
        }
    }

    /// The network of a client that is known to be one. IPv4 mapped into IPv6 is IPv4.
    fn of_client(address: IpAddr) -> Self {
        let prefix = match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        };
        Self {
            prefix,
            may_be_shared: false,
        }
    }

    /// The site that it belongs to.
    pub fn site(self) -> NetworkSite {
        NetworkSite(match self.prefix {
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// Whether it may be a proxy that speaks for many: a peer on this machine or in a private
    /// range, where nobody has said which peers are proxies.
    pub fn may_be_shared(self) -> bool {
        self.may_be_shared
    }
}

/// An IPv4 address, or an IPv6 /48: the prefix that one customer may get from a provider, with 65,536
/// networks in it (RFC 6177).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkSite(IpAddr);

impl NetworkSite {
    /// Whether the site has more networks than one.
    pub fn has_networks(self) -> bool {
        self.0.is_ipv6()
    }
}

impl std::fmt::Display for NetworkSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}/32"),
            IpAddr::V6(address) => write!(f, "{address}/48"),
        }
    }
}

/// Whether an address is of this machine or of a private range.
fn is_local(address: IpAddr) -> bool {
    const CARRIER_GRADE: [u8; 2] = [100, 64];
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            address.is_unspecified()
                || address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || [a, b & 0xc0] == CARRIER_GRADE
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            [a, b, c, d] == [0; 4] || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.prefix {
            IpAddr::V4(address) => write!(f, "{address}/32"),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_customer_is_one_network() {
        let network = |text: &str| Network::of(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7/32");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7/32");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }

    #[test]
    fn a_site_has_one_ipv4_address_or_all_networks_of_an_ipv6_48() {
        let site = |text: &str| Network::of(text.parse().unwrap()).site();
        assert_eq!(site("192.0.2.7").to_string(), "192.0.2.7/32");
        assert_eq!(site("::ffff:192.0.2.7"), site("192.0.2.7"));
        assert_eq!(site("2001:db8:1:2::3").to_string(), "2001:db8:1::/48");
        assert_eq!(site("2001:db8:1:ffff::"), site("2001:db8:1::1"));
        assert_ne!(site("2001:db8:2::"), site("2001:db8:1::"));
        assert!(site("2001:db8:1::").has_networks() && !site("192.0.2.7").has_networks());
    }

    #[test]
    fn who_may_speak_for_many_is_told_apart() {
        let shared = |text: &str| Network::of(text.parse().unwrap()).may_be_shared();
        for proxy in [
            "127.0.0.1",
            "::1",
            "10.0.0.7",
            "::ffff:10.0.0.7",
            "192.168.1.1",
            "100.64.0.1",
            "fd00::1",
            "fe80::1",
        ] {
            assert!(shared(proxy), "{proxy}");
        }
        for person in ["192.0.2.1", "100.128.0.1", "2001:db8::1"] {
            assert!(!shared(person), "{person}");
        }
    }
}

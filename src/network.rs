//! Client networks: the units, derived from IP addresses, that limits are charged to.

mod allowed;
mod forwarded;
mod proxies;
mod public;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use self::{
    allowed::AllowedTargets,
    forwarded::ForwardedHeader,
    proxies::TrustedProxies,
    public::{is_metadata_service, is_public},
};

/// The network of a client: an IPv4 address, or an IPv6 /64, which belongs to a single customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    prefix: IpAddr,
    may_be_shared: bool,
}

impl Network {
    /// The network of requests whose peer address is unknown.
    pub const UNKNOWN: Self = Self {
        prefix: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        may_be_shared: true,
    };

    /// Returns the network of a peer if no trusted proxies are configured. A peer on this machine or in a
    /// private range may then be an unknown proxy.
    pub fn of(address: IpAddr) -> Self {
        Self {
            may_be_shared: is_local(address.to_canonical()),
            ..Self::of_client(address)
        }
    }

    /// Returns the network of an address that is known to be a client, not a proxy. An IPv4 address mapped
    /// into IPv6 counts as IPv4.
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

    /// Returns the site that contains the network.
    pub fn site(self) -> NetworkSite {
        NetworkSite(match self.prefix {
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// Returns whether the network may be a proxy that many clients share: the peer is on this machine or
    /// in a private range (or unknown), and no trusted proxies are configured.
    pub fn may_be_shared(self) -> bool {
        self.may_be_shared
    }
}

/// The site of a client: an IPv4 address, or an IPv6 /48. A /48 contains 65,536 networks and is the
/// prefix that one customer may get from an internet provider (RFC 6177).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkSite(IpAddr);

impl NetworkSite {
    /// Returns whether the site contains more than one network.
    pub fn has_many_networks(self) -> bool {
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

/// Returns whether an address belongs to this machine, its link or a private range. The shared range of
/// carrier-grade NAT (`100.64.0.0/10`, RFC 6598) counts as private.
fn is_local(address: IpAddr) -> bool {
    const CARRIER_GRADE_NAT: [u8; 2] = [100, 64];
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            address.is_unspecified()
                || address.is_loopback()
                || address.is_private()
                || address.is_link_local()
                || [a, b & 0xc0] == CARRIER_GRADE_NAT
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
    fn network_is_an_ipv4_address_or_an_ipv6_64() {
        let network = |text: &str| Network::of(text.parse().unwrap()).to_string();
        assert_eq!(network("192.0.2.7"), "192.0.2.7/32");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7/32");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }

    #[test]
    fn site_is_an_ipv4_address_or_an_ipv6_48() {
        let site = |text: &str| Network::of(text.parse().unwrap()).site();
        assert_eq!(site("192.0.2.7").to_string(), "192.0.2.7/32");
        assert_eq!(site("::ffff:192.0.2.7"), site("192.0.2.7"));
        assert_eq!(site("2001:db8:1:2::3").to_string(), "2001:db8:1::/48");
        assert_eq!(site("2001:db8:1:ffff::"), site("2001:db8:1::1"));
        assert_ne!(site("2001:db8:2::"), site("2001:db8:1::"));
        assert!(site("2001:db8:1::").has_many_networks() && !site("192.0.2.7").has_many_networks());
    }

    #[test]
    fn local_and_private_peers_may_be_shared() {
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
        for client in ["192.0.2.1", "100.128.0.1", "2001:db8::1"] {
            assert!(!shared(client), "{client}");
        }
    }
}

//! Trusted proxies, and the client network of a request that came through them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{ForwardedHeader, Network};

/// The proxies whose forwarding header is trusted.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    /// The addresses of the proxies. If the list is empty, the header is ignored.
    pub trusted: Vec<IpNet>,
    /// The header that the proxies write.
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// Parses an IP address or a range, such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// The text is neither an address nor a range, is an IPv4 address mapped into IPv6, or contains every
    /// address.
    pub fn parse(text: &str) -> Result<IpNet, &'static str> {
        let syntax =
            "must be addresses or ranges, separated by spaces, such as 127.0.0.1 10.0.0.0/8";
        let range = text
            .parse::<IpNet>()
            .or_else(|_| text.parse().map(|address: IpAddr| address.into()))
            .map_err(|_| syntax)?;
        if range.addr() != range.addr().to_canonical() {
            return Err("must have IPv4 written as IPv4");
        }
        if range.prefix_len() == 0 {
            return Err("must not contain every address");
        }
        Ok(range)
    }

    /// Returns the network of the client behind `peer`: `peer` itself if it is not a trusted proxy, else
    /// the right-most address in the header lines that is not a trusted proxy.
    ///
    /// The search ends at an entry that is not an IP address, or at the end of the header. The result is
    /// then the network of the last proxy found. Without trusted proxies, the result is the network of
    /// `peer`.
    pub fn client<'a>(
        &self,
        peer: IpAddr,
        lines: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> Network {
        if self.trusted.is_empty() {
            return Network::of(peer);
        }
        let mut client = peer;
        let mut hops = lines.rev().flat_map(|line| self.header.hops(line));
        while self.trusts(client)
            && let Some(Some(hop)) = hops.next()
        {
            client = hop;
        }
        Network::of_client(client)
    }

    /// Returns whether a peer with this address is a trusted proxy.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|range| range.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxies(header: ForwardedHeader) -> TrustedProxies {
        let trusted = ["10.0.0.0/8", "2001:db8:ffff::/48", "127.0.0.1"];
        TrustedProxies {
            trusted: trusted
                .map(|range| TrustedProxies::parse(range).unwrap())
                .into(),
            header,
        }
    }

    fn client(peer: &str, lines: &[&str]) -> String {
        let proxies = proxies(ForwardedHeader::XForwardedFor);
        let lines = lines.iter().map(|line| line.as_bytes());
        let network = proxies.client(peer.parse().unwrap(), lines);
        assert!(!network.may_be_shared());
        network.to_string()
    }

    #[test]
    fn client_is_the_right_most_hop_that_is_not_trusted() {
        for (peer, lines, expected) in [
            ("198.51.100.7", &["203.0.113.7"] as &[_], "198.51.100.7/32"),
            ("10.0.0.1", &["203.0.113.7"], "203.0.113.7/32"),
            ("::ffff:10.0.0.1", &["::ffff:203.0.113.7"], "203.0.113.7/32"),
            (
                "10.0.0.1",
                &["192.0.2.1, 203.0.113.7, 10.0.0.2"],
                "203.0.113.7/32",
            ),
            (
                "10.0.0.1",
                &["192.0.2.1", "203.0.113.7", "10.0.0.2"],
                "203.0.113.7/32",
            ),
            (
                "127.0.0.1",
                &["2001:db8:1::1, 2001:db8:ffff::1"],
                "2001:db8:1::/64",
            ),
            // A client may have a private address.
            ("10.0.0.1", &["192.168.0.7"], "192.168.0.7/32"),
            ("192.168.0.7", &["203.0.113.7"], "192.168.0.7/32"),
            // The header is empty, contains an invalid entry or names only proxies. The farthest known hop
            // counts as the client.
            ("10.0.0.1", &[], "10.0.0.1/32"),
            ("10.0.0.1", &["203.0.113.7, unknown"], "10.0.0.1/32"),
            ("10.0.0.1", &["203.0.113.7, x, 10.0.0.2"], "10.0.0.2/32"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3/32"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn header_is_ignored_without_trusted_proxies() {
        let proxies = TrustedProxies {
            trusted: vec![],
            header: ForwardedHeader::XForwardedFor,
        };
        for peer in ["127.0.0.1", "10.0.0.1", "192.0.2.1"] {
            let peer = peer.parse().unwrap();
            let network = proxies.client(peer, [b"203.0.113.7".as_slice()].into_iter());
            assert_eq!(network, Network::of(peer));
        }
    }

    #[test]
    fn invalid_ranges_are_rejected() {
        assert!(TrustedProxies::parse("192.0.2.1").is_ok());
        assert!(TrustedProxies::parse("fd00::/8").is_ok());
        for invalid in [
            "",
            "0.0.0.0/0",
            "::/0",
            "::ffff:10.0.0.0/104",
            "proxy",
            "10.0.0.0/33",
        ] {
            assert!(TrustedProxies::parse(invalid).is_err(), "{invalid}");
        }
    }

    proptest! {
        /// The client sends arbitrary header lines. The proxy appends to the last line or adds a line.
        #[test]
        fn entries_left_of_the_proxy_entry_are_ignored(
            client_lines in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..40),
                    "[\"\\\\,;=for:1-9. \\[\\]]{0,40}".prop_map(String::into_bytes),
                ],
                0..4,
            ),
            adds_line in any::<bool>(),
            port in prop::option::of(1u16..),
            client in any::<[u8; 16]>().prop_map(IpAddr::from),
        ) {
            for header in ForwardedHeader::ALL {
                let proxies = proxies(*header);
                prop_assume!(!proxies.trusts(client));
                let node = match (client, port) {
                    (IpAddr::V6(client), None) => format!("[{client}]"),
                    (IpAddr::V6(client), Some(port)) => format!("[{client}]:{port}"),
                    (IpAddr::V4(client), _) => client.to_string(),
                };
                let entry = match header {
                    ForwardedHeader::XForwardedFor => node,
                    ForwardedHeader::Forwarded => format!("by=_me;for=\"{node}\";host=\"x, y\""),
                };
                let mut lines = client_lines.clone();
                match lines.last_mut() {
                    Some(last) if !adds_line => {
                        last.extend(b", ");
                        last.extend(entry.bytes());
                    }
                    _ => lines.push(entry.into_bytes()),
                }
                let lines = lines.iter().map(Vec::as_slice);
                let found = proxies.client("10.0.0.1".parse().unwrap(), lines);
                prop_assert_eq!(found, Network::of_client(client));
            }
        }
    }
}

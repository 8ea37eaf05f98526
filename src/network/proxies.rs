//! Which peers are proxies, and who stands behind them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{ForwardedHeader, Network};

/// The proxies that may say whom they speak for, and how they say it.
#[derive(Debug, Clone)]
pub struct TrustedProxies {
    /// Where they are. With none, nobody is believed.
    pub trusted: Vec<IpNet>,
    /// What they write.
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// Reads an address or a range, such as `10.0.0.0/8`.
    pub fn parse(text: &str) -> Result<IpNet, &'static str> {
        let wrong =
            "must be addresses or ranges, separated by spaces, such as 127.0.0.1 10.0.0.0/8";
        let range = text
            .parse::<IpNet>()
            .or_else(|_| text.parse().map(|address: IpAddr| address.into()))
            .map_err(|_| wrong)?;
        if range.addr() != range.addr().to_canonical() {
            return Err("must have IPv4 written as IPv4");
        }
        if range.prefix_len() == 0 {
            return Err("must not contain every address");
        }
        Ok(range)
    }

    /// The network of the client that a peer speaks for: of the right-most address in the lines of
    /// the header that is not itself trusted. What is no address, or missing, ends the way there:
    /// then it is the nearest hop that is known.
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

    fn trusts(&self, address: IpAddr) -> bool {
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
    fn the_client_is_the_right_most_hop_that_is_not_trusted() {
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
            // A client in a private range is a client like any other.
            ("10.0.0.1", &["192.168.0.7"], "192.168.0.7/32"),
            ("192.168.0.7", &["203.0.113.7"], "192.168.0.7/32"),
            // Nothing, nonsense, nobody but proxies: the farthest hop that is known.
            ("10.0.0.1", &[], "10.0.0.1/32"),
            ("10.0.0.1", &["203.0.113.7, unknown"], "10.0.0.1/32"),
            ("10.0.0.1", &["203.0.113.7, x, 10.0.0.2"], "10.0.0.2/32"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3/32"),
        ] {
            assert_eq!(client(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn without_proxies_nobody_is_believed() {
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
    fn ranges_are_judged() {
        assert!(TrustedProxies::parse("192.0.2.1").is_ok());
        assert!(TrustedProxies::parse("fd00::/8").is_ok());
        for wrong in [
            "",
            "0.0.0.0/0",
            "::/0",
            "::ffff:10.0.0.0/104",
            "proxy",
            "10.0.0.0/33",
        ] {
            assert!(TrustedProxies::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        /// Whatever a stranger writes, and whether the proxy appends to the line or adds one.
        #[test]
        fn what_stands_to_the_left_of_the_proxys_word_changes_nothing(
            strangers in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..40),
                    "[\"\\\\,;=for:1-9. \\[\\]]{0,40}".prop_map(String::into_bytes),
                ],
                0..4,
            ),
            is_own_line in any::<bool>(),
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
                let word = match header {
                    ForwardedHeader::XForwardedFor => node,
                    ForwardedHeader::Forwarded => format!("by=_me;for=\"{node}\";host=\"x, y\""),
                };
                let mut lines = strangers.clone();
                match lines.last_mut() {
                    Some(last) if !is_own_line => {
                        last.extend(b", ");
                        last.extend(word.bytes());
                    }
                    _ => lines.push(word.into_bytes()),
                }
                let lines = lines.iter().map(Vec::as_slice);
                let found = proxies.client("10.0.0.1".parse().unwrap(), lines);
                prop_assert_eq!(found, Network::of_client(client));
            }
        }
    }
}

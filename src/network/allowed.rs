//! Private networks and hosts that the operator allows requests to.

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use ipnet::IpNet;

use super::public::is_metadata_service;

/// The networks and hosts of `outbound.allow`: requests may reach them although they are not public.
/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct AllowedTargets(Arc<Targets>);

#[derive(Debug, Default)]
struct Targets {
    networks: Vec<IpNet>,
    hosts: BTreeSet<String>,
}

impl AllowedTargets {
    /// Reads networks such as `10.0.0.0/8`, single addresses, and host names such as `gitlab.internal`.
    ///
    /// # Errors
    /// The number of the first entry that is of no such form, and the reason.
    pub fn parse(entries: &[String]) -> Result<Self, String> {
        let mut targets = Targets::default();
        for (number, entry) in (1..).zip(entries) {
            let wrong = |problem: &str| format!("number {number} {problem}");
            let network = entry.parse::<IpNet>();
            let network = network.or_else(|_| entry.parse().map(|address: IpAddr| address.into()));
            match network {
                Ok(network) if network.prefix_len() == 0 => {
                    return Err(wrong("must not contain every address"));
                }
                Ok(network) => targets.networks.push(network.trunc()),
                Err(_) if is_host(entry) => {
                    targets.hosts.insert(entry.clone());
                }
                Err(_) => {
                    return Err(wrong(
                        "must be a network such as 10.0.0.0/8, an address, or a host name in lower case",
                    ));
                }
            }
        }
        Ok(Self(Arc::new(targets)))
    }

    /// Returns whether the host name is allowed. Its address may be any but that of a metadata service.
    pub fn has_host(&self, name: &str) -> bool {
        self.0.hosts.contains(name)
    }

    /// Returns whether an allowed network contains the address. The address of a metadata service must be
    /// named itself, because the operator of a network such as `fd00::/8` hardly means it.
    pub fn has_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let must_be_named = is_metadata_service(address);
        let mut networks = self.0.networks.iter();
        networks.any(|it| {
            it.contains(&address) && (!must_be_named || it.prefix_len() == it.max_prefix_len())
        })
    }
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.split('.').all(is_label)
        && last.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowed(entries: &[&str]) -> Result<AllowedTargets, String> {
        let entries: Vec<_> = entries.iter().map(|entry| (*entry).to_owned()).collect();
        AllowedTargets::parse(&entries)
    }

    #[test]
    fn named_networks_and_hosts_are_allowed_and_no_others() {
        let allowed = allowed(&["10.0.0.0/8", "fd00::/8", "192.0.2.7", "gitlab.internal"]).unwrap();
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1", "192.0.2.7"] {
            assert!(allowed.has_address(address.parse().unwrap()), "{address}");
        }
        for address in ["11.0.0.1", "fe80::1", "192.0.2.8", "127.0.0.1"] {
            assert!(!allowed.has_address(address.parse().unwrap()), "{address}");
        }
        // Metadata services in the networks above.
        for address in ["fd00:ec2::254", "fd00:c1::a9fe:a9fe"] {
            assert!(!allowed.has_address(address.parse().unwrap()), "{address}");
        }
        assert!(allowed.has_host("gitlab.internal"));
        assert!(!allowed.has_host("evil.gitlab.internal"));
        assert!(!AllowedTargets::default().has_address("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn wrong_entries_are_named_by_their_number() {
        for wrong in [
            "0.0.0.0/0",
            "::/0",
            "",
            "https://a",
            "A.example",
            "10.0.0.0/33",
            "1.2.3",
            "a..b",
        ] {
            let problem = allowed(&["10.0.0.0/8", wrong]).unwrap_err();
            assert!(problem.starts_with("number 2 must"), "{wrong}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(entries in prop::collection::vec("[0-9a-f.:/-]{0,20}|.{0,12}", 0..4)) {
            let _ = AllowedTargets::parse(&entries);
        }
    }
}

//! Distinguishes public IP addresses from special-purpose ones (the IANA special-purpose address
//! registries, RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns whether an address can belong to a single server on the public internet.
///
/// Addresses of this machine, private networks, the local link, documentation, benchmarks and multicast
/// are not public, nor are the metadata services of clouds. An IPv6 address that embeds an IPv4 address (RFC 4291 §2.5.5.2, RFC 6052, RFC 3056)
/// is public if the IPv4 address is.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        _ if is_metadata_service(address) => false,
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => {
            embedded_v4(address).map_or_else(|| is_public_v6(address), is_public_v4)
        }
    }
}

/// Returns whether an address belongs to the metadata service of a cloud or to the local link, in any
/// notation. These services give every process on the machine the credentials of the machine.
pub fn is_metadata_service(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_metadata_service_v4(address),
        IpAddr::V6(address) => embedded_v4(address)
            .map_or_else(|| is_metadata_service_v6(address), is_metadata_service_v4),
    }
}

fn is_metadata_service_v6(address: Ipv6Addr) -> bool {
    // AWS has several services in fd00:ec2::/32.
    let is_aws = matches!(address.segments(), [0xfd00, 0xec2, ..]);
    let google = Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254);
    let oracle = Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe);
    let scaleway = Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42);
    address.is_unicast_link_local() || is_aws || [google, oracle, scaleway].contains(&address)
}

fn is_metadata_service_v4(address: Ipv4Addr) -> bool {
    // Alibaba Cloud, Azure and Oracle use addresses outside the local link as well.
    let others = [[100, 100, 100, 200], [168, 63, 129, 16], [192, 0, 0, 192]];
    address.is_link_local() || others.contains(&address.octets())
}

/// Returns whether an IPv4 address is outside all special-purpose ranges.
fn is_public_v4(address: Ipv4Addr) -> bool {
    !matches!(
        address.octets(),
        [0 | 10 | 127 | 224..=255, ..]
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 0, 0 | 2, _]
            | [192, 88, 99, _]
            | [192, 168, ..]
            | [198, 18..=19, ..]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
    )
}

/// Returns whether an IPv6 address is in the assigned range `2000::/3`, outside the protocol assignments
/// (`2001::/23`, which include Teredo) and the documentation ranges.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

/// Returns the IPv4 address that an IPv6 address embeds: mapped, for NAT64 or for 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let ([0, 0, 0, 0, 0, 0xffff, high, low]
    | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
    | [0x2002, high, low, ..]) = address.segments()
    else {
        return None;
    };
    Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_public_text(text: &str) -> bool {
        is_public(text.parse().unwrap())
    }

    #[test]
    fn special_purpose_ranges_are_not_public() {
        for special in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.0.0",
            "169.254.169.254",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "192.168.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1.1.1.1",
            "100::1",
            "2001::1",
            "2001:1ff:ffff::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "3fff::1",
            "3fff:fff:ffff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public_text(special), "{special}");
        }
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2002:101:101::1",
            "2606:4700:4700::1111",
            "3fff:1000::1",
        ] {
            assert!(is_public_text(public), "{public}");
        }
    }

    #[test]
    fn metadata_services_are_recognised_in_every_notation() {
        let is_metadata = |text: &str| is_metadata_service(text.parse().unwrap());
        for metadata in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "fe80::a9fe:a9fe",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd00:42::42",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
        ] {
            assert!(is_metadata(metadata), "{metadata}");
            assert!(!is_public_text(metadata), "{metadata}");
        }
        for other in [
            "10.0.0.1",
            "127.0.0.1",
            "100.64.0.1",
            "1.1.1.1",
            "fd00::1",
            "::1",
        ] {
            assert!(!is_metadata(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn ipv6_notation_does_not_change_the_result_for_ipv4(bits in any::<u32>()) {
            let address = Ipv4Addr::from(bits);
            let [a, b, c, d] = address.octets();
            let is_special = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_multicast() || address.is_broadcast() || address.is_unspecified();
            prop_assert!(!(is_special && is_public(address.into())));
            for embedding in [
                format!("::ffff:{address}"),
                format!("64:ff9b::{address}"),
                format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1"),
            ] {
                prop_assert_eq!(is_public_text(&embedding), is_public(address.into()), "{}", embedding);
            }
        }

        #[test]
        fn special_addresses_of_the_standard_library_are_not_public(bits in any::<u128>()) {
            let address = Ipv6Addr::from(bits);
            let is_special = address.is_unique_local() || address.is_unicast_link_local()
                || address.is_multicast() || address.is_loopback();
            prop_assert!(!(is_special && is_public(address.into())));
        }
    }
}

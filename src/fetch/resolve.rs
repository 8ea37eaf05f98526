//! Names, and whether what they lead to may be asked.

use std::net::IpAddr;

use super::NetworkAccess;
use crate::network::is_public;

/// Of a name's addresses those alone that are within reach, in their order. They are what is connected
/// to: nobody resolves the name again.
pub(super) fn admitted(reach: NetworkAccess, name: &str, found: &[IpAddr]) -> Vec<IpAddr> {
    let found = found.iter().copied();
    found.filter(|it| admits(reach, name, *it)).collect()
}

/// This machine's name stands for this machine (RFC 6761 §6.3): it is spoken to in plain text.
fn admits(reach: NetworkAccess, name: &str, address: IpAddr) -> bool {
    match reach {
        NetworkAccess::Public => is_public(address),
        NetworkAccess::Loopback if is_localhost(name) => is_loopback(address),
        NetworkAccess::Loopback => is_loopback(address) || is_public(address),
    }
}

pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

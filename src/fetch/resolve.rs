//! Selects the resolved IP addresses that requests may be sent to.

use std::net::IpAddr;

use super::NetworkAccess;
use crate::network::{AllowedTargets, is_public};

/// Returns the addresses of `name` that `access` allows, in their order.
///
/// The caller connects to these addresses and does not resolve the name again, so a name server cannot
/// replace them after the check (DNS rebinding).
pub(super) fn allowed_addresses(
    (access, allowed): (NetworkAccess, &AllowedTargets),
    name: &str,
    found: &[IpAddr],
) -> Vec<IpAddr> {
    let is_configured = |address| allowed.has_host(name) || allowed.has_address(address);
    let found = found.iter().copied();
    found
        .filter(|address| is_allowed(access, name, *address) || is_configured(*address))
        .collect()
}

/// Returns whether `access` allows `address`, an address of `name`.
///
/// `localhost` may have loopback addresses only (RFC 6761 §6.3), because requests to it may use plain
/// http.
fn is_allowed(access: NetworkAccess, name: &str, address: IpAddr) -> bool {
    match access {
        NetworkAccess::Public => is_public(address),
        NetworkAccess::Loopback if is_localhost(name) => is_loopback(address),
        NetworkAccess::Loopback => is_loopback(address) || is_public(address),
    }
}

/// Returns whether `name` is `localhost` or a name below it (RFC 6761 §6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Returns whether `address` is a loopback address, also an IPv4 address mapped into IPv6.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

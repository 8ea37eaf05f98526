//! Selects the resolved IP addresses that requests may be sent to.

use std::net::IpAddr;

use super::NetworkAccess;
use crate::network::{AllowedTargets, is_metadata_service, is_public};

/// Returns the addresses of `name` that `access` or `allowed` allows, in their order.
///
/// The caller connects to these addresses and does not resolve the name again, so a name server cannot
/// replace them after the check (DNS rebinding).
pub(super) fn allowed_addresses(
    (access, allowed): (NetworkAccess, &AllowedTargets),
    name: &str,
    found: &[IpAddr],
) -> Vec<IpAddr> {
    let found = found.iter().copied();
    found
        .filter(|address| is_allowed((access, allowed), name, *address))
        .collect()
}

/// Returns whether `access` or `allowed` allows `address`, an address of `name`.
///
/// `localhost` may have loopback addresses only (RFC 6761 §6.3), because requests to it may use plain
/// http. A host of `outbound.allow` may have any address but that of a metadata service, which hands out the
/// credentials of this machine: only a named network allows it.
fn is_allowed(
    (access, allowed): (NetworkAccess, &AllowedTargets),
    name: &str,
    address: IpAddr,
) -> bool {
    if access == NetworkAccess::Everywhere {
        return true;
    }
    let allows_loopback = access == NetworkAccess::Loopback;
    if is_localhost(name) {
        return is_loopback(address) && (allows_loopback || allowed.has_host(name));
    }
    is_public(address)
        || (allows_loopback && is_loopback(address))
        || allowed.has_address(address)
        || (allowed.has_host(name) && !is_metadata_service(address))
}

/// Returns whether `name` is `localhost` or a name below it (RFC 6761 §6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Returns whether `address` is a loopback address, also an IPv4 address mapped into IPv6.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

//! Selects the resolved IP addresses that requests may be sent to.

use std::net::IpAddr;

use url::Host;

use super::NetworkAccess;
use crate::network::{AllowedTargets, is_metadata_service, is_public};

/// The servers that requests may be sent to.
#[derive(Debug, Clone)]
pub(super) struct TargetRules {
    /// The networks that are allowed for every request.
    pub(super) access: NetworkAccess,
    /// The private networks and hosts that the operator allows as well.
    pub(super) allowed: AllowedTargets,
}

impl TargetRules {
    /// Returns whether requests to servers on this machine are allowed, over https or http.
    pub(super) fn allows_loopback(&self) -> bool {
        self.access == NetworkAccess::Loopback
    }

    /// Returns whether the host of a URL is allowed. The addresses of a name are checked after its look-up.
    pub(super) fn allows_host(&self, host: &Host<&str>) -> bool {
        let address = match *host {
            Host::Domain(name) => return !is_localhost(name) || self.allows_localhost(name),
            Host::Ipv4(address) => IpAddr::from(address),
            Host::Ipv6(address) => IpAddr::from(address),
        };
        self.allows_address(address)
    }

    /// Returns the addresses of `name` that are allowed, in their order.
    ///
    /// The caller connects to these addresses and does not resolve the name again, so a name server cannot
    /// replace them after the check (DNS rebinding).
    pub(super) fn allowed_addresses(&self, name: &str, found: &[IpAddr]) -> Vec<IpAddr> {
        let found = found.iter().copied();
        found
            .filter(|address| self.allows_address_of(name, *address))
            .collect()
    }

    /// Returns whether `address`, an address of `name`, is allowed.
    ///
    /// `localhost` may have loopback addresses only (RFC 6761 §6.3), because requests to it may use plain
    /// http. A host of `outbound.allow` may have any address but that of a metadata service, which hands out
    /// the credentials of this machine: it must be named itself.
    fn allows_address_of(&self, name: &str, address: IpAddr) -> bool {
        if self.access == NetworkAccess::Everywhere {
            return true;
        }
        if is_localhost(name) {
            return is_loopback(address) && self.allows_localhost(name);
        }
        self.allows_address(address)
            || (self.allowed.has_host(name) && !is_metadata_service(address))
    }

    fn allows_address(&self, address: IpAddr) -> bool {
        is_public(address)
            || (self.allows_loopback() && is_loopback(address))
            || self.allowed.has_address(address)
    }

    fn allows_localhost(&self, name: &str) -> bool {
        self.allows_loopback() || self.allowed.has_host(name)
    }
}

/// Returns whether a host is this machine, by its name or its address.
pub(super) fn is_this_machine(host: &Host<&str>) -> bool {
    match *host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(address) => is_loopback(address.into()),
        Host::Ipv6(address) => is_loopback(address.into()),
    }
}

/// Returns whether `name` is `localhost` or a name below it (RFC 6761 §6.3).
fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// Returns whether `address` is a loopback address, also an IPv4 address mapped into IPv6.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

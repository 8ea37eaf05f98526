//! Outgoing connections.
//!
//! A bounded number of threads resolves names, the IP addresses of a host are tried in the order of
//! RFC 8305, and TLS trusts the certificate authorities of this machine.

mod cause;
#[cfg(feature = "service")]
mod race;
mod resolver;
#[cfg(feature = "service")]
mod tls;

pub use self::cause::innermost;
pub use self::resolver::{ResolveError, Resolver};
#[cfg(feature = "service")]
pub use self::{
    race::race,
    tls::{Tls, TlsConnectError, TlsError, Trust},
};

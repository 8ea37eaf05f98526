//! The outcome of a login at a provider.

use crate::identity::{EmailAddress, External, Verified};

/// What came of a login at a provider.
pub enum Entered {
    /// This person is here, now.
    Person(Verified),
    /// This account is somebody's who wants to link it.
    Account(External),
    /// Nobody vouches for an address. The token is what the person goes on with.
    AddressNeeded {
        /// Seals all of it.
        token: String,
        /// The address that the provider claims, if it does.
        claimed: Option<EmailAddress>,
    },
    /// The address has a user who has not joined this account: the person has to log in as usual and
    /// link it.
    LogInAndLink,
    /// The provider said no, or not what was asked: an error of RFC 6749 §4.1.2.1 or OpenID Connect
    /// Core §3.1.2.6.
    Declined(&'static str),
}

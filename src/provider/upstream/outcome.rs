//! The outcome of a login at a provider.

use crate::identity::{EmailAddress, External, FirstFactor};

/// The result of a login at a provider.
pub enum LoginOutcome {
    /// The user has proven the first factor.
    Person(FirstFactor),
    /// A verified account that the user asked to link.
    Account(External),
    /// The provider states no verified email. The token continues the login.
    AddressNeeded {
        /// The sealed pending login.
        token: String,
        /// The email that the provider claims, if any.
        claimed: Option<EmailAddress>,
    },
    /// The email belongs to a user who has not linked this account. The user logs in with an existing method
    /// and links the account.
    LogInAndLink,
    /// The provider declined or did not do what was asked: an error of RFC 6749 §4.1.2.1 or OpenID Connect
    /// Core §3.1.2.6.
    Declined(&'static str),
}

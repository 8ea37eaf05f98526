//! The pages of the account to which other pages lead.

use crate::client::Acr;

/// The overview.
pub(crate) const OVERVIEW: &str = "/account";

/// Sets up an authenticator app.
pub(crate) const TOTP: &str = "/account/totp";

/// Adds a passkey.
pub(crate) const NEW_PASSKEY: &str = "/account/passkeys/new";

/// Returns the page that adds a factor with which a login is that strong, if there is one.
pub(crate) fn enrolment_for(acr: Acr, are_passkeys_on: bool) -> Option<&'static str> {
    match acr {
        Acr::PhishingResistant => are_passkeys_on.then_some(NEW_PASSKEY),
        Acr::OneFactor | Acr::MultiFactor => Some(TOTP),
    }
}

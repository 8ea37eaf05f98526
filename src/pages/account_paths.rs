//! The pages of the account to which other pages lead.

/// The overview.
pub(crate) const OVERVIEW: &str = "/account";

/// Sets up an authenticator app.
pub(crate) const TOTP: &str = "/account/totp";

/// Adds a passkey.
pub(crate) const NEW_PASSKEY: &str = "/account/passkeys/new";

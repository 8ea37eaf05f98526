//! The button with which a page asks for a passkey.

use serde::Serialize;

use super::{Link, form_errors::FieldError};

/// The parameters of the script that asks for a passkey. Its form posts `by=passkey`, `challenge` and `credential`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct PasskeyButton {
    /// The route that returns a challenge and its options.
    pub(crate) challenge: Link,
    /// The body of the request for a challenge, in JSON.
    pub(crate) request: String,
    /// The RP ID.
    pub(crate) rp_id: String,
    /// Set if the email field offers passkeys as well (conditional mediation).
    pub(crate) offers: bool,
    /// The credential ID of a passkey that the service does not know.
    pub(crate) unknown: Option<String>,
}

/// The passkey was refused. The text is the same for every reason.
pub(super) const REFUSED: FieldError = FieldError::new("passkey", "page-passkey-failed");

/// The script of a page that asks for a passkey.
pub(super) const LOGIN_SCRIPT: &str =
    concat!(include_str!("passkey.js"), include_str!("passkey_login.js"));

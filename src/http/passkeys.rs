//! Passkeys in JSON, as browsers read and write them (WebAuthn Level 3 §5.1).

pub(crate) mod credential;
pub(crate) mod options;

//! Passkeys: verifies what authenticators answer (Web Authentication Level 3).
//!
//! This module is pure: it reads bytes and decides. [`verify_registration`] and [`verify_assertion`] name each check of
//! §7.1 and §7.2 by one function. Every input is bounded, and text and CBOR of another shape are refused.

mod assertion;
mod attestation;
mod authenticator_data;
mod cbor;
mod checks;
mod client_data;
mod counter;
mod decoy;
mod edwards;
mod public_key;
mod registration;
mod rejection;
mod stored;

pub use self::{
    assertion::{AssertionResponse, Confirmed, verify_assertion},
    authenticator_data::Flags,
    checks::{Expected, UserVerification},
    counter::CounterChange,
    decoy::refuse_unknown,
    public_key::PasskeyAlgorithm,
    registration::{Registered, RegistrationResponse, verify_registration},
    rejection::PasskeyRejection,
    stored::{PasskeyName, PasskeyNameError, StoredPasskey, UnreadablePasskey},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The most passkeys of a user.
pub const MAX_PASSKEYS: usize = 10;

/// The most bytes of a credential ID (WebAuthn §7.1).
pub const MAX_CREDENTIAL_ID: usize = 1023;

/// A random challenge, to which an authenticator's answer is bound (WebAuthn §13.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasskeyChallenge([u8; 32]);

impl PasskeyChallenge {
    /// Creates a challenge from random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a challenge in base64url. `None` if the text is not 32 bytes in base64url.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(decode(text)?.try_into().ok()?))
    }

    /// Returns the challenge in base64url, as options and client data have it.
    pub fn encode(&self) -> String {
        encode(&self.0)
    }
}

/// Encodes bytes in base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding. `None` for any other text.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Computes the SHA-256 digest.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

//! The challenge of a login with a passkey, and the place where it counts.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    client::CodeChallenge,
    passkey::{PasskeyChallenge, StoredPasskey, UserVerification},
    token::SealedPurpose,
};

/// The place of a login with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PasskeyPlace {
    /// An app, which keeps the secret of its challenge.
    App,
    /// A hosted page of the login at a client. The login cookie is the secret.
    Client,
    /// The login page of the issuer itself, for no client. The login cookie is the secret.
    Issuer,
}

/// The content of a challenge for a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PasskeyLogin {
    pub(super) challenge: String,
    /// The PKCE-like challenge of the secret that the requester keeps.
    pub(super) code_challenge: CodeChallenge,
    /// The only place where the challenge counts.
    #[serde(default = "app")]
    pub(super) place: PasskeyPlace,
}

/// The place of a challenge of an earlier release.
fn app() -> PasskeyPlace {
    PasskeyPlace::App
}

impl SealedPurpose for PasskeyLogin {
    const PURPOSE: &'static str = "passkey-login";
}

/// A challenge for a login.
#[derive(Debug, Clone)]
pub struct LoginChallenge {
    /// The sealed challenge that the caller presents with the answer.
    pub sealed: String,
    /// The challenge for the authenticator.
    pub challenge: PasskeyChallenge,
    /// The lifetime of both.
    pub lifetime: TimeDelta,
    /// The passkeys that may answer. Empty at a login: the authenticator offers those that it has.
    pub allowed: Vec<StoredPasskey>,
    /// The requirement of user verification.
    pub user_verification: UserVerification,
}

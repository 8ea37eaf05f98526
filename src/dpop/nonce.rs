//! Nonces of the server (RFC 9449 §8), derived from the secret and the time. No nonce is stored, and the nonces of one
//! node are accepted by all nodes with the same secret.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

use crate::keyring::{CryptoError, Keyring, Secret};

/// The purpose of the derived key.
const PURPOSE: &str = "dpop-nonce";

/// The algorithm of the derived key.
const ALGORITHM: &str = "HS256";

/// The time for which one nonce is handed out, in seconds.
const STEP_SECONDS: i64 = 60;

/// The steps before the present one whose nonces are accepted.
const STEPS_BEFORE: i64 = 2;

/// The steps after the present one whose nonces are accepted: the clock of another node may be ahead.
const STEPS_AFTER: i64 = 1;

/// The reason why there is no nonce. Always a fault of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
    /// No secret signs now.
    #[error("no secret signs now")]
    NoSecret,
    /// The cryptographic library failed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

/// The age of an accepted nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceStep {
    /// True if a newer nonce is handed out now.
    pub is_replaced: bool,
    /// The time from which the nonce is not accepted any more.
    pub until: DateTime<Utc>,
}

/// Derives nonces from the secrets of a keyring. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Nonces(Keyring);

impl Nonces {
    /// Returns the nonces of this keyring.
    pub fn new(keyring: Keyring) -> Self {
        Self(keyring)
    }

    /// Returns the nonce that is handed out now.
    ///
    /// # Errors
    /// No secret signs now, or the cryptographic library fails.
    pub fn current(&self, now: DateTime<Utc>) -> Result<String, NonceError> {
        let secret = self.0.secret(now).ok_or(NonceError::NoSecret)?;
        let key = nonce_key(&secret)?;
        Ok(URL_SAFE_NO_PAD.encode(tag(&key, step(now))))
    }

    /// Returns the age of a nonce that any node has handed out in the last two to three minutes, under any secret that
    /// still verifies. `None` for any other text.
    pub fn find(&self, nonce: &str, now: DateTime<Utc>) -> Option<NonceStep> {
        let given = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let present = step(now);
        let secrets = self.0.verifying_secrets(now);
        let keys = secrets.iter().filter_map(|secret| nonce_key(secret).ok());
        keys.into_iter().find_map(|key| {
            let mut steps = present - STEPS_BEFORE..=present + STEPS_AFTER;
            let is_of = |step: &i64| hmac::verify(&key, &step.to_be_bytes(), &given).is_ok();
            let found = steps.find(is_of)?;
            Some(NonceStep {
                is_replaced: found < present,
                until: DateTime::from_timestamp((found + STEPS_BEFORE + 1) * STEP_SECONDS, 0)?,
            })
        })
    }
}

fn nonce_key(secret: &Secret) -> Result<hmac::Key, CryptoError> {
    let key = secret.derive(PURPOSE, ALGORITHM)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
}

fn tag(key: &hmac::Key, step: i64) -> hmac::Tag {
    hmac::sign(key, &step.to_be_bytes())
}

fn step(now: DateTime<Utc>) -> i64 {
    now.timestamp().div_euclid(STEP_SECONDS)
}

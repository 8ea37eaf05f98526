//! The names of keys: the prefix and an HMAC, which reveals nothing and is the same on all nodes.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};

use crate::keyring::Keyring;

/// The purpose of the key of the HMAC.
const PURPOSE: &str = "coordination";

/// The time after which a new secret determines the names. By then every node has read it, and no clock is that wrong.
const SECRET_DELAY: TimeDelta = TimeDelta::days(1);

/// The length of the HMAC in a name, in bytes. Names are not verified, so half of it suffices.
const BYTES: usize = 16;

/// Computes names.
#[derive(Debug)]
pub(super) struct KeyNames {
    keyring: Keyring,
    prefix: String,
}

/// The key of the HMAC for one time. Nodes agree on it whatever their clocks show, because the time is that of the
/// token.
pub(crate) struct NameKey {
    key: hmac::Key,
    prefix: String,
}

impl KeyNames {
    pub(super) fn new(keyring: Keyring, prefix: String) -> Self {
        Self { keyring, prefix }
    }

    /// Returns the key for names that belong to that time: the expiry of a token, or the present for limits. `None` if
    /// the keyring has no secret or no key can be derived.
    pub(super) fn at(&self, time: DateTime<Utc>) -> Option<NameKey> {
        let time = time.checked_sub_signed(SECRET_DELAY).unwrap_or(time);
        let secret = self.keyring.secret_as_of(time)?;
        let key = secret.derive(PURPOSE, "HS256").ok()?;
        Some(NameKey {
            key: hmac::Key::new(HMAC_SHA256, key.as_slice()),
            prefix: self.prefix.clone(),
        })
    }
}

impl NameKey {
    /// Returns the name of the key for these parts, of which none contains NUL.
    pub(crate) fn name(&self, parts: &[&[u8]]) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            context.update(part);
            context.update(b"\0");
        }
        let tag = context.sign();
        let short = tag.as_ref().get(..BYTES).unwrap_or_default();
        let mut name = self.prefix.clone();
        URL_SAFE_NO_PAD.encode_string(short, &mut name);
        name
    }

    /// Returns the key of the HMAC, for names that are computed from other names.
    pub(crate) fn hmac_key(&self) -> &hmac::Key {
        &self.key
    }
}

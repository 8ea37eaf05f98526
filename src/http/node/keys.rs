//! The keys and secrets of this node, without their values.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{keyring::KeyWindow, token::Tokens};

/// The keys and secrets, without their values.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KeyList {
    pub(crate) keys: Vec<ListedKey>,
}

/// A signing key or a secret. Times are RFC 3339, in UTC.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ListedKey {
    pub(crate) kind: String,
    pub(crate) kid: String,
    /// `upcoming`, `signing`, `verifying` or `retired`.
    pub(crate) phase: &'static str,
    pub(crate) signs_from: DateTime<Utc>,
    /// The time from which the successor signs, if there is one.
    pub(crate) signs_until: Option<DateTime<Utc>>,
    /// The time until which tokens of the key are accepted, if it has a successor.
    pub(crate) verifies_until: Option<DateTime<Utc>>,
}

impl KeyList {
    pub(crate) fn new(tokens: &Tokens, now: DateTime<Utc>) -> Self {
        let keys = tokens.keyring().list().into_iter();
        let keys = keys.map(|(file, kid, window)| {
            let KeyWindow {
                signs_from,
                signs_until,
                verifies_until,
            } = window;
            ListedKey {
                kind: file.kind.to_string(),
                kid,
                phase: window.phase(now).as_str(),
                signs_from,
                signs_until,
                verifies_until,
            }
        });
        KeyList {
            keys: keys.collect(),
        }
    }
}

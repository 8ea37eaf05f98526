//! `keys.…`: where keys are kept, and for how long they verify.

use std::{convert::Infallible, path::PathBuf};

use chrono::TimeDelta;

use super::{
    Tokens,
    duration::{between, show},
    reader::Reader,
    tokens::ACCESS_CAP,
};
use crate::client::{Algorithm, Clients};

/// How long consumers may keep the JWKS: the `max-age` of every answer that holds it.
pub const JWKS_MAX_AGE: TimeDelta = TimeDelta::minutes(5);

/// Where keys are kept, and for how long they verify.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The folder of private keys and secrets.
    pub folder: PathBuf,
    /// How long a key is published after another has taken over from it.
    pub retire_after: TimeDelta,
    /// How long a secret verifies after another has taken over from it.
    pub secret_retire_after: TimeDelta,
    /// The algorithms that some client needs a key of.
    pub algorithms: Vec<Algorithm>,
}

impl Keys {
    pub(super) fn read(reader: &mut Reader, clients: &Clients, tokens: &Tokens) -> Self {
        // Whatever a key signed must have expired, everywhere, before the key is gone.
        let least = ACCESS_CAP + tokens.leeway + JWKS_MAX_AGE;
        let default = TimeDelta::hours(2);
        let retire_after = between(least, TimeDelta::days(3650));
        let mut algorithms: Vec<_> = clients.iter().map(|client| client.algorithm).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let idle = clients.iter().map(|client| client.refresh_idle).max();
        Self {
            folder: reader.value("keys.folder", "keys".into(), |text| {
                Ok::<_, Infallible>(text.into())
            }),
            retire_after: reader.value("keys.retire_after", default, |text| {
                retire_after(text)
                    .map_err(|problem| format!("{problem} (never below {})", show(least)))
            }),
            secret_retire_after: idle
                .unwrap_or(tokens.refresh_idle)
                .max(tokens.sign_up_lifetime),
            algorithms,
        }
    }
}

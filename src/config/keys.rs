//! `keys.…`: where keys are kept, when they rotate, and for how long they verify.

use std::{convert::Infallible, path::PathBuf};

use chrono::TimeDelta;

use super::{TokensConfig, duration::between, reader::SettingReader};
use crate::client::{Algorithm, Clients};

/// Where keys are kept, when they rotate, and for how long they verify.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// The folder of private keys and secrets.
    pub folder: PathBuf,
    /// How often the folder is read again.
    pub read_every: TimeDelta,
    /// How long something signs before `keys rotate` writes its successor.
    pub rotate_after: TimeDelta,
    /// How long a successor is published before it signs.
    pub publish_ahead: TimeDelta,
    /// How long a key is published after another has taken over from it.
    pub retire_after: TimeDelta,
    /// How long a secret verifies after another has taken over from it.
    pub secret_retire_after: TimeDelta,
    /// How long consumers may keep the key set: the `max-age` of every answer that holds it.
    pub max_age: TimeDelta,
    /// The algorithms that some client needs a key of.
    pub algorithms: Vec<Algorithm>,
}

impl KeysConfig {
    pub(super) fn read(
        reader: &mut SettingReader,
        clients: &Clients,
        tokens: &TokensConfig,
    ) -> Self {
        let second = TimeDelta::seconds(1);
        let ten_years = TimeDelta::days(3650);
        let max_age = reader.value(
            "keys.max_age",
            TimeDelta::minutes(5),
            between(second, TimeDelta::minutes(10)),
        );
        let read_every = reader.value(
            "keys.read_every",
            TimeDelta::seconds(10),
            between(second, TimeDelta::hours(1)),
        );
        // Whatever a key signed must have expired, everywhere, before the key is gone; and the last
        // to sign with it may be a node that has yet to read its successor.
        let longest = clients.iter().map(|client| client.access_lifetime).max();
        let longest = longest.unwrap_or(tokens.access_lifetime);
        let least_after = longest + tokens.leeway + max_age + read_every;
        // Every node and every consumer must have had time to read it.
        let least_ahead = read_every + tokens.leeway + max_age;
        let mut algorithms: Vec<_> = clients.iter().map(|client| client.algorithm).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let idle = clients.iter().map(|client| client.refresh_idle).max();
        Self {
            folder: reader.value("keys.folder", "keys".into(), |text| {
                Ok::<_, Infallible>(text.into())
            }),
            read_every,
            rotate_after: reader.value(
                "keys.rotate_after",
                TimeDelta::days(90),
                between(second, ten_years),
            ),
            publish_ahead: reader.value(
                "keys.publish_ahead",
                TimeDelta::hours(24),
                between(least_ahead, ten_years),
            ),
            retire_after: reader.value(
                "keys.retire_after",
                TimeDelta::hours(2),
                between(least_after, ten_years),
            ),
            secret_retire_after: idle
                .unwrap_or(tokens.refresh_idle)
                .max(tokens.sign_up_lifetime),
            max_age,
            algorithms,
        }
    }
}

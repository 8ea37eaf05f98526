//! `keys.…`: the key folder, and the schedule of rotation and retirement.

use std::{convert::Infallible, path::PathBuf};

use chrono::TimeDelta;

use super::{SsoConfig, TokensConfig, reader::SettingReader};
use crate::client::{Algorithm, Clients};

/// Settings of signing keys and secrets.
#[derive(Debug, Clone)]
pub struct KeysConfig {
    /// The folder of private keys and secrets.
    pub folder: PathBuf,
    /// The interval at which the folder is read again.
    pub read_every: TimeDelta,
    /// The age at which `keys rotate` creates the successor of a key or secret.
    pub rotate_after: TimeDelta,
    /// The time for which a successor is published before it signs.
    pub publish_ahead: TimeDelta,
    /// The time for which a key stays published after its successor has taken over.
    pub retire_after: TimeDelta,
    /// The time for which a secret still verifies after its successor has taken over.
    pub secret_retire_after: TimeDelta,
    /// The time for which consumers may cache the key set: the `max-age` of every response that
    /// contains it.
    pub max_age: TimeDelta,
    /// The algorithms that at least one client uses.
    pub algorithms: Vec<Algorithm>,
}

impl KeysConfig {
    pub(super) fn read(
        reader: &mut SettingReader,
        clients: &Clients,
        tokens: &TokensConfig,
        sso: &SsoConfig,
    ) -> Self {
        let folder = reader.declared("keys.folder", |text| Ok::<_, Infallible>(text.into()));
        let max_age = reader.duration("keys.max_age");
        let read_every = reader.duration("keys.read_every");
        // Every token that a key has signed must have expired before the key is removed, and the
        // last token may come from a node that has not yet read the successor.
        let openid = clients.iter().filter(|client| client.is_openid());
        let access_lifetimes = clients.iter().map(|client| client.access_lifetime);
        let id_lifetimes = openid.map(|client| client.id_token.lifetime);
        let longest = access_lifetimes.chain(id_lifetimes).max();
        let longest = longest.unwrap_or(tokens.access_lifetime);
        let least_after = longest + tokens.leeway + max_age + read_every;
        // Every node and every consumer must have had time to fetch the successor.
        let least_ahead = read_every + tokens.leeway + max_age;
        let idle = clients.iter().map(|client| client.refresh_idle).max();
        let idle = idle.unwrap_or(tokens.refresh_idle);
        Self {
            folder: folder.unwrap_or_default(),
            read_every,
            rotate_after: reader.duration("keys.rotate_after"),
            publish_ahead: reader.duration_from("keys.publish_ahead", least_ahead),
            retire_after: reader.duration_from("keys.retire_after", least_after),
            secret_retire_after: idle.max(tokens.sign_up_lifetime).max(sso.idle),
            max_age,
            algorithms: clients.signing_algorithms().into_iter().collect(),
        }
    }
}

//! What several commands do first: open the database, load the keys.

use super::{Environment, Failure};
use crate::{
    keyring::{self, Keyring, Written},
    store::{Schema, Store},
};

/// An open database and what was done to open it.
pub(super) struct Opened {
    pub(super) store: Store,
    pub(super) created: bool,
    pub(super) migrated: usize,
}

/// Opens the database. SQLite is brought up to date unasked; PostgreSQL where `migrate` says so.
pub(super) async fn open(environment: &Environment, migrate: bool) -> Result<Opened, Failure> {
    let store = Store::new(&environment.config.database)
        .map_err(|error| Failure::usage(format!("database.url: {error}")))?;
    let created = store.create_file().map_err(|error| {
        Failure::new(format!(
            "database.url: the file cannot be made: {}",
            error.kind()
        ))
    })?;
    let is_ours = store.engine_name() == "SQLite";
    if !migrate
        && !is_ours
        && let Schema::Behind(missing) = store.schema().await?
    {
        return Err(Failure::new(format!(
            "database.url: the database lacks {missing} migrations: run `signet migrate`, or \
             `signet serve --migrate`"
        )));
    }
    let migrated = store.migrate().await?;
    Ok(Opened {
        store,
        created,
        migrated,
    })
}

/// Loads the keys, and on loopback makes those of an empty folder.
pub(super) fn load_keys(environment: &Environment) -> Result<(Keyring, Vec<Written>), Failure> {
    let Environment {
        config,
        clock,
        entropy,
    } = environment;
    let mut written = Vec::new();
    if keyring::is_empty(&config.keys.folder) {
        let folder = config.keys.folder.display();
        if !config.is_loopback() {
            return Err(Failure::usage(format!(
                "keys.folder: {folder} holds no keys: run `signet keys generate`"
            )));
        }
        let algorithms = &config.keys.algorithms;
        written = keyring::generate(&config.keys.folder, algorithms, entropy, clock.now())
            .map_err(|fault| vec![fault])?;
    }
    let leeway = config.tokens.leeway;
    let (keyring, notices) = Keyring::load(&config.keys, &config.issuer, leeway, clock.now())?;
    for notice in notices {
        tracing::warn!(path = %notice.path, "ignored: not named like a key file");
    }
    Ok((keyring, written))
}

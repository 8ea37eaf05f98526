//! What several commands do first: open the database, load the keys.

use std::{io, path::Path};

use super::{CommandContext, CommandFailure};
use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    keyring::{self, KeyFileName, Keyring, WrittenFile},
    locale::Translations,
    mail::MailRenderer,
    store::{SchemaState, Store},
};

/// What a command may do to a database to have it as it needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaNeed {
    /// Nothing: it must be there and up to date.
    AsItIs,
    /// Make the file of SQLite, and bring it up to date.
    Embedded,
    /// Bring whatever it is up to date.
    Migrated,
}

/// An open database and what was done to open it.
pub(super) struct OpenedStore {
    pub(super) store: Store,
    pub(super) created: bool,
    pub(super) migrated: usize,
}

/// What writes mails, by templates of which every one has been tried.
pub(super) fn writer(environment: &CommandContext) -> Result<MailRenderer, CommandFailure> {
    let templates = environment.config.mail.templates.as_deref();
    Ok(MailRenderer::new(Translations::built_in(), templates)?)
}

/// Opens the database.
pub(super) async fn open(
    environment: &CommandContext,
    need: SchemaNeed,
) -> Result<OpenedStore, CommandFailure> {
    let store = Store::new(&environment.config.database)
        .map_err(|error| CommandFailure::usage(format!("database.url: {error}")))?;
    store.check_file().await?;
    let mut created = false;
    if let Some(file) = store.file() {
        created = match need {
            SchemaNeed::AsItIs if !file.exists() => {
                let file = file.display();
                return Err(CommandFailure::new(format!(
                    "database.url: {file} does not exist: check the working directory, or create the database \
                     with `signet migrate`"
                )));
            }
            SchemaNeed::AsItIs => false,
            SchemaNeed::Embedded | SchemaNeed::Migrated => store
                .create_file()
                .map_err(|error| cannot_make(&file, &error))?,
        };
    }
    store.check_database().await?;
    let may_migrate = match need {
        SchemaNeed::AsItIs => false,
        SchemaNeed::Embedded => store.is_embedded(),
        SchemaNeed::Migrated => true,
    };
    let mut migrated = 0;
    if may_migrate {
        migrated = store.migrate().await?;
    } else if let SchemaState::Behind(missing) = store.schema().await? {
        let missing = super::count(missing, "migration");
        return Err(CommandFailure::new(format!(
            "database.url: the database lacks {missing}: run `signet migrate`, or \
             `signet serve --migrate`"
        )));
    }
    Ok(OpenedStore {
        store,
        created,
        migrated,
    })
}

fn cannot_make(file: &Path, error: &io::Error) -> CommandFailure {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "this user has no permission to write there".to_owned(),
        kind => kind.to_string(),
    };
    CommandFailure::new(format!(
        "database.url: {} cannot be created: {why}",
        file.display()
    ))
}

/// Loads the keys that are there. `None` where there are none, and on loopback they may be made.
pub(super) fn load_keys(environment: &CommandContext) -> Result<Option<Keyring>, CommandFailure> {
    let config = &environment.config;
    let folder = &config.keys.folder;
    if keyring::is_empty(folder) {
        return if config.is_loopback() {
            Ok(None)
        } else {
            let folder = folder.display();
            Err(CommandFailure::usage(format!(
                "keys.folder: {folder} contains no keys. Run `signet keys generate`. If the service has \
                 had keys before, mount their folder again or restore their files instead"
            )))
        };
    }
    read_keys(environment).map(Some)
}

/// Reads the folder of keys, and says what lies in it without being one.
pub(super) fn read_keys(environment: &CommandContext) -> Result<Keyring, CommandFailure> {
    let config = &environment.config;
    let now = environment.clock.now();
    let (keyring, notices) =
        Keyring::load(&config.keys, &config.issuer, config.tokens.leeway, now)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(keyring)
}

/// Makes the first keys and loads them.
pub(super) fn make_keys(
    environment: &CommandContext,
) -> Result<(Keyring, Vec<WrittenFile>), CommandFailure> {
    let written = generate_keys(environment)?;
    Ok((read_keys(environment)?, written))
}

/// Writes what is missing of a key of every algorithm in use, and a secret.
pub(super) fn generate_keys(
    environment: &CommandContext,
) -> Result<Vec<WrittenFile>, CommandFailure> {
    let CommandContext {
        config,
        clock,
        entropy,
    } = environment;
    let keys = &config.keys;
    let was_empty = keyring::is_empty(&keys.folder);
    let written = keyring::generate(&keys.folder, &keys.algorithms, entropy, clock.now())?;
    if !written.is_empty() {
        profiles(AuditAction::KeysGenerate, &written);
        if was_empty {
            tracing::info!(
                "the key folder was empty. If the service has had other keys before, restore their files \
                 and remove these: tokens that were signed with missing keys are refused"
            );
        }
    }
    Ok(written)
}

/// Puts on record what was done to those files.
pub(super) fn profiles(act: AuditAction, files: &[WrittenFile]) {
    audit!(act, Done, by = COMMAND_LINE, files = names(files));
}

/// Their names, in one text.
pub(super) fn names(files: &[WrittenFile]) -> String {
    KeyFileName::names(files.iter().map(|file| file.file))
}

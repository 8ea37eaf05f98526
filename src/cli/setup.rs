//! Shared setup of commands: the database, the keys and the mail renderer.

mod config_warnings;
mod coordination;
mod database;
pub(super) mod outgoing_mail;

use std::{io, path::Path};

pub(super) use self::{
    config_warnings::config_warnings,
    coordination::{check_coordination, coordination_server},
};

use super::{CommandContext, CommandFailure};
use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    blocking::Threads,
    config::{Config, ConfigErrors},
    keyring::{self, KeyFileName, Keyring, KeyringError, WrittenFile},
    locale::Translations,
    mail::MailRenderer,
    metrics::Metrics,
    rotation::Rotation,
    store::{SchemaState, Store},
    token::Tokens,
};

/// The changes that a command may make to the database when it opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SchemaNeed {
    /// No changes: the database must exist and be up to date.
    AsItIs,
    /// SQLite only: create the file and apply migrations.
    Embedded,
    /// Any database: create the SQLite file and apply migrations.
    Migrated,
    /// The same, without a lock of PostgreSQL.
    MigratedWithoutLock,
}

/// An open database, and the changes made to open it.
pub(super) struct OpenedStore {
    pub(super) store: Store,
    pub(super) created: bool,
    pub(super) migrated: usize,
}

impl OpenedStore {
    /// Logs that the database was created, for commands that print another result.
    pub(super) fn log_created(&self) {
        if let Some(file) = self.store.file().filter(|_| self.created) {
            tracing::warn!("created the database {}", absolute(&file));
        }
    }
}

/// Creates the mail renderer. Every template is rendered once as a check.
pub(super) fn mail_renderer(config: &Config) -> Result<MailRenderer, ConfigErrors> {
    let templates = config.mail.templates.as_deref();
    let renderer = MailRenderer::new(Translations::built_in(), templates);
    let renderer = renderer.map_err(|faults| config.with_origins(faults))?;
    Ok(renderer.with_service_name(config.pages.name.as_ref()))
}

/// Opens the database. Logs the problems that do not stop a command.
///
/// # Errors
/// The database cannot be opened or lacks migrations, and `need` does not allow to create or
/// migrate it.
pub(super) async fn open(
    context: &CommandContext,
    need: SchemaNeed,
) -> Result<OpenedStore, CommandFailure> {
    let mut problems = vec![];
    let opened = open_checked(context, need, &mut problems).await;
    for problem in problems {
        tracing::warn!("{problem}");
    }
    opened
}

/// Opens the database as [`open`] does, and adds the problems that do not stop a command to `problems`.
pub(super) async fn open_checked(
    context: &CommandContext,
    need: SchemaNeed,
    problems: &mut Vec<String>,
) -> Result<OpenedStore, CommandFailure> {
    let config = &context.config.database;
    let failed = |error| database::failure(config, &error);
    let store = Store::new(config)
        .map_err(|error| CommandFailure::usage(format!("database.url: {error}")))?;
    store.check_file().await.map_err(failed)?;
    let mut created = false;
    if let Some(file) = store.file() {
        created = match need {
            SchemaNeed::AsItIs if !file.exists() => {
                let file = absolute(&file);
                return Err(CommandFailure::new(format!(
                    "database.url: there is no database at {file}: run the command in the folder of the service, \
                     or set database.url. `signet migrate` or `signet serve` creates one"
                )));
            }
            SchemaNeed::AsItIs => false,
            _ => store
                .create_file()
                .map_err(|error| cannot_create(&file, &error))?,
        };
    }
    store.depose_former_primaries().await;
    let found = store.check_database().await.map_err(failed)?;
    problems.extend(found.into_iter().map(|problem| failed(problem).to_string()));
    let may_migrate = match need {
        SchemaNeed::AsItIs => false,
        SchemaNeed::Embedded => store.is_embedded(),
        SchemaNeed::Migrated | SchemaNeed::MigratedWithoutLock => true,
    };
    let mut migrated = 0;
    if may_migrate {
        let migrating = match need {
            SchemaNeed::MigratedWithoutLock => store.migrate_without_lock().await,
            _ => store.migrate().await,
        };
        migrated = migrating.map_err(failed)?;
    } else if let SchemaState::Behind(missing) = store.schema().await.map_err(failed)? {
        let missing = super::counted(missing, "migration");
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

/// Returns the absolute path of a file or folder, which may not exist.
pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

fn cannot_create(file: &Path, error: &io::Error) -> CommandFailure {
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

/// Loads the keys. Returns `None` if the service is on loopback, where keys may be created, and the
/// folder has no keys or none of an algorithm in use.
pub(super) fn load_keys(context: &CommandContext) -> Result<Option<Keyring>, CommandFailure> {
    let config = &context.config;
    let folder = &config.keys.folder;
    if keyring::is_empty(folder) {
        return if config.is_loopback() {
            Ok(None)
        } else {
            let folder = folder.display();
            Err(context.keys_failure(format!(
                "{folder} contains no keys. Run `signet keys generate`. If the service has had keys before, \
                 mount their folder again or restore their files instead"
            )))
        };
    }
    match load_keyring(context) {
        Ok(keyring) => Ok(Some(keyring)),
        // A missing secret is never replaced: other nodes and issued tokens may still depend on it.
        Err(faults) if config.is_loopback() && faults.iter().all(KeyringError::is_missing_key) => {
            Ok(None)
        }
        Err(faults) => Err(unusable_keys(context, faults)),
    }
}

/// Reads the key folder for a command that shows keys.
pub(super) fn read_existing_keys(context: &CommandContext) -> Result<Keyring, CommandFailure> {
    let folder = &context.config.keys.folder;
    if folder.try_exists().is_ok_and(|exists| !exists) {
        return Err(context.keys_failure(format!(
            "{} does not exist. Run `signet keys generate`, or set keys.folder to the folder of existing keys",
            folder.display()
        )));
    }
    read_keys(context)
}

/// Returns the tokens of a command, signed and sealed by the existing keys.
///
/// # Errors
/// The keys cannot be read.
pub(super) fn command_tokens(context: &CommandContext) -> Result<Tokens, CommandFailure> {
    let config = &context.config;
    Ok(Tokens::new(
        config.issuer.clone(),
        config.clients.clone(),
        Rotation::new(read_existing_keys(context)?, Threads::Separate),
        context.entropy.clone(),
        config.tokens.leeway,
        Metrics::default(),
    ))
}

/// Reads the key folder. Logs other files in it.
pub(super) fn read_keys(context: &CommandContext) -> Result<Keyring, CommandFailure> {
    load_keyring(context).map_err(|faults| unusable_keys(context, faults))
}

/// Returns the failure for faults of the key folder.
pub(super) fn unusable_keys(
    context: &CommandContext,
    faults: impl IntoIterator<Item = KeyringError>,
) -> CommandFailure {
    let lines = faults.into_iter().map(|fault| format!("\n  {fault}"));
    let lines = lines.collect::<String>();
    context.keys_failure(format!("the keys cannot be used:{lines}"))
}

fn load_keyring(context: &CommandContext) -> Result<Keyring, Vec<KeyringError>> {
    let config = &context.config;
    let now = context.clock.now();
    let (keyring, notices) =
        Keyring::load(&config.keys, &config.issuer, config.tokens.leeway, now)?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(keyring)
}

/// Creates the first keys, or the missing ones, and loads all keys. Another process may have created them
/// since the folder was read.
pub(super) fn create_keys(
    context: &CommandContext,
) -> Result<(Keyring, Vec<WrittenFile>), CommandFailure> {
    let written = generate_missing(context).map_err(|fault| {
        // The missing keys explain why the folder was to be written to.
        let faults = load_keyring(context).err().unwrap_or_default();
        let missing = faults.into_iter().filter(KeyringError::is_missing_key);
        unusable_keys(context, missing.chain([fault]))
    })?;
    Ok((read_keys(context)?, written))
}

/// Creates a key of each algorithm in use that has none, and a secret if there is none.
pub(super) fn generate_keys(context: &CommandContext) -> Result<Vec<WrittenFile>, CommandFailure> {
    generate_missing(context).map_err(|fault| unusable_keys(context, [fault]))
}

fn generate_missing(context: &CommandContext) -> Result<Vec<WrittenFile>, KeyringError> {
    let CommandContext {
        config,
        clock,
        entropy,
        ..
    } = context;
    let keys = &config.keys;
    let was_empty = keyring::is_empty(&keys.folder);
    let written = keyring::generate(&keys.folder, &keys.algorithms, entropy, clock.now())?;
    if !written.is_empty() {
        audit_files(AuditAction::KeysGenerate, &written);
        if was_empty {
            tracing::info!(
                "the key folder was empty. If the service has had other keys before, restore their files \
                 and remove these: tokens that were signed with missing keys are refused"
            );
        }
    }
    Ok(written)
}

/// Writes an audit event for changed key files.
pub(super) fn audit_files(act: AuditAction, files: &[WrittenFile]) {
    audit!(act, Done, by = COMMAND_LINE, files = names(files));
}

/// Returns the names of files as one text.
pub(super) fn names(files: &[WrittenFile]) -> String {
    KeyFileName::names(files.iter().map(|file| file.file))
}

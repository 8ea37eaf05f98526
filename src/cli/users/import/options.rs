//! The options of `signet users import`.

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::ImportArgs;
use crate::{
    cli::{CommandContext, CommandFailure},
    import::{ImportOptions, ImportSource, ProviderNames},
    password::FirebaseParameters,
};

/// Reads the options before any file of users is read.
///
/// # Errors
/// An option is wrong.
pub(super) fn options(
    context: &CommandContext,
    arguments: &ImportArgs,
    now: DateTime<Utc>,
) -> Result<ImportOptions, CommandFailure> {
    let source = arguments.from;
    let only_for = |option: &str, owner: ImportSource, is_set: bool| {
        if is_set && source != owner {
            let owner = owner.as_str();
            let problem = format!("{option}: is an option of --from {owner} only");
            return Err(CommandFailure::usage(problem));
        }
        Ok(())
    };
    only_for(
        "--hash-config",
        ImportSource::Firebase,
        arguments.hash_config.is_some(),
    )?;
    only_for(
        "--pepper-file",
        ImportSource::Devise,
        arguments.pepper_file.is_some(),
    )?;
    let mut providers = ProviderNames::default();
    for (name, id) in &arguments.providers {
        let wrong =
            |problem: String| CommandFailure::usage(format!("--provider {name}={id}: {problem}"));
        let mut configured = context.config.providers.iter();
        let provider = configured
            .find(|provider| provider.id == *id)
            .ok_or_else(|| wrong(format!("no provider of [[providers]] has the id {id}")))?;
        providers
            .map(name, provider)
            .map_err(|error| wrong(error.to_string()))?;
    }
    let hash_config = arguments.hash_config.as_deref().map(|path| {
        let text = read("--hash-config", path)?;
        FirebaseParameters::parse(&text).map_err(|error| {
            let path = path.display();
            CommandFailure::usage(format!("--hash-config {path}: {error}"))
        })
    });
    let pepper = arguments.pepper_file.as_deref().map(|path| {
        let text = read("--pepper-file", path)?;
        let pepper = text.trim_end_matches(['\r', '\n']);
        if pepper.is_empty() {
            let path = path.display();
            let problem = format!("--pepper-file {path}: is empty");
            return Err(CommandFailure::usage(problem));
        }
        Ok(SecretString::from(pepper))
    });
    if source == ImportSource::Firebase && arguments.hash_config.is_none() {
        tracing::warn!(
            "--hash-config is not set: users with a password are refused as unknown_hash. The Firebase console shows the \
             parameters at Authentication > Users > Password hash parameters"
        );
    }
    Ok(ImportOptions {
        source,
        now,
        providers,
        allows_weak: arguments.allow_weak,
        hash_config: hash_config.transpose()?,
        pepper: pepper.transpose()?,
        is_dry_run: arguments.dry_run,
    })
}

fn read(option: &str, path: &Path) -> Result<String, CommandFailure> {
    fs::read_to_string(path).map_err(|error| {
        CommandFailure::usage(format!(
            "{option} {}: cannot be read: {error}",
            path.display()
        ))
    })
}

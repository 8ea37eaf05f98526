//! `signet users import`: imports the users of another system.

mod output;

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use secrecy::SecretString;

use self::output::ImportOutput;
use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    cli::{
        CommandContext, CommandFailure, counted,
        setup::{self, SchemaNeed},
    },
    import::{
        ImportFailure, ImportOptions, ImportReport, ImportSource, Importer, ProviderNames,
        SourceFiles,
    },
    password::FirebaseParameters,
    store::Store,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArgs {
    /// System that wrote the files
    #[arg(long, value_name = "SOURCE", value_parser = source())]
    from: ImportSource,
    /// Report what an import would do; change nothing
    #[arg(long)]
    dry_run: bool,
    /// Import weak password hashes (MD5, SHA-1, phpass …) as well, wrapped in Argon2id
    #[arg(long)]
    allow_weak: bool,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    format: ReportFormat,
    /// File of the password hash parameters of a Firebase project
    #[arg(long, value_name = "FILE")]
    hash_config: Option<PathBuf>,
    /// File of the pepper of Devise
    #[arg(long, value_name = "FILE")]
    pepper_file: Option<PathBuf>,
    #[arg(
        help = "Name of a provider in the files, and the ID of the same provider in [[providers]]; can be repeated",
        long = "provider",
        value_name = "NAME=ID",
        value_parser = provider
    )]
    providers: Vec<(String, String)>,
    /// Files to import
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// The format of the report on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// A line for each refused row, and a line of the numbers
    #[default]
    Text,
    /// One JSON object
    Json,
}

fn source() -> impl TypedValueParser<Value = ImportSource> {
    PossibleValuesParser::new(ImportSource::ALL.map(ImportSource::as_str))
        .try_map(|name| ImportSource::parse(&name).ok_or("is not a source"))
}

fn provider(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, id)) if !name.is_empty() && !id.is_empty() => {
            Ok((name.to_owned(), id.to_owned()))
        }
        _ => Err("must be NAME=ID"),
    }
}

/// Imports users.
///
/// # Errors
/// An option is wrong, a file cannot be read, the database or the keys cannot be used, or a row was refused.
pub(super) async fn run(
    context: &CommandContext,
    arguments: ImportArgs,
    now: DateTime<Utc>,
) -> Result<(), CommandFailure> {
    let options = options(context, &arguments, now)?;
    let total = arguments.files.iter().map(|file| size(file)).sum();
    let mut files = SourceFiles::open(options.source, &arguments.files)
        .map_err(|error| CommandFailure::usage(format!("{error}: name a readable file")))?;
    let seals = options.has_secrets() && !arguments.dry_run;
    let importer = Importer {
        // The keys are read before a database is opened or created.
        hasher: super::sealing::hasher(context, seals)?,
        store: open_store(context, arguments.dry_run).await?,
        entropy: context.entropy.clone(),
        options,
    };
    let mut output = ImportOutput::new(arguments.format, total);
    let mut report = ImportReport::default();
    let done = importer.run(&mut files, &mut report, &mut output).await;
    if !arguments.dry_run && report.imported > 0 {
        let ImportReport {
            imported, refused, ..
        } = report;
        let source = importer.options.source.as_str();
        audit!(
            AuditAction::UsersImport,
            Done,
            source,
            imported,
            refused,
            by = COMMAND_LINE
        );
    }
    output.finish(report);
    done.map_err(|failure| stopped(&failure))?;
    match report.refused {
        0 => Ok(()),
        refused => {
            let refused = usize::try_from(refused).unwrap_or(usize::MAX);
            Err(CommandFailure::new(format!(
                "{} refused",
                counted(refused, "row")
            )))
        }
    }
}

fn stopped(failure: &ImportFailure) -> CommandFailure {
    let cause = std::error::Error::source(failure).map(|cause| format!(": {cause}"));
    CommandFailure::new(format!(
        "the import has stopped: {failure}{}; run it again to continue",
        cause.unwrap_or_default()
    ))
}

/// Reads the options before any file of users is read.
///
/// # Errors
/// An option is wrong.
fn options(
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

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// Opens the database. A dry run creates none: without a SQLite file, it imports into nothing.
async fn open_store(
    context: &CommandContext,
    is_dry_run: bool,
) -> Result<Option<Store>, CommandFailure> {
    if !is_dry_run {
        let opened = setup::open(context, SchemaNeed::Embedded).await?;
        opened.log_created();
        return Ok(Some(opened.store));
    }
    let file = Store::new(&context.config.database)
        .ok()
        .and_then(|store| store.file());
    if file.is_some_and(|file| !file.exists()) {
        return Ok(None);
    }
    let opened = setup::open(context, SchemaNeed::AsItIs).await?;
    Ok(Some(opened.store))
}

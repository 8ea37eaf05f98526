//! `signet users import`: imports the users of another system.

mod options;
mod output;

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

use self::{options::options, output::ImportOutput};
use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    cli::{
        CommandContext, CommandFailure, counted,
        setup::{self, SchemaNeed},
        users::format::printable,
    },
    import::{ImportFailure, ImportReport, ImportSource, Importer, SourceFiles},
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
    let mut files = open_files(options.source, &arguments.files)?;
    let seals = options.has_secrets() && !arguments.dry_run;
    let importer = Importer {
        // The keys are read before a database is opened or created.
        hasher: super::sealing::hasher(context, seals)?,
        store: open_store(context, arguments.dry_run).await?,
        entropy: context.entropy.clone(),
        options,
    };
    let mut output = ImportOutput::new(arguments.format, total, &context.config);
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
    let is_foreign = output.is_foreign(report);
    output.finish(report);
    done.map_err(|failure| stopped(&failure))?;
    match report.refused {
        0 => Ok(()),
        refused => {
            let refused = usize::try_from(refused).unwrap_or(usize::MAX);
            let rows = counted(refused, "row");
            let hint = if is_foreign {
                ", and none can be read: check that --from names the system that wrote the files"
            } else {
                ""
            };
            Err(CommandFailure::new(format!("{rows} refused{hint}")))
        }
    }
}

/// Opens the files. An empty file beside others is allowed: a table may have no rows.
///
/// # Errors
/// A file cannot be read or is named twice, or all files are empty.
fn open_files(source: ImportSource, paths: &[PathBuf]) -> Result<SourceFiles, CommandFailure> {
    let mut seen = HashSet::new();
    for path in paths {
        let is_new = fs::canonicalize(path).map_or(true, |path| seen.insert(path));
        if !is_new {
            let path = path.display();
            let problem = format!("{path}: is named twice: name each file once");
            return Err(CommandFailure::usage(problem));
        }
    }
    let files = SourceFiles::open(source, paths)
        .map_err(|error| CommandFailure::usage(format!("{error}: name a readable file")))?;
    let empty = files
        .empty()
        .map(|path| format!("{}: contains no users", path.display()));
    let empty: Vec<_> = empty.collect();
    if empty.len() == paths.len() {
        return Err(CommandFailure::usage(empty.join("; ")));
    }
    for problem in empty {
        tracing::warn!("{problem}");
    }
    Ok(files)
}

fn stopped(failure: &ImportFailure) -> CommandFailure {
    if let ImportFailure::OtherFormat(fault) = failure {
        return CommandFailure::usage(printable(&fault.to_string()));
    }
    let cause = std::error::Error::source(failure).map(|cause| format!(": {cause}"));
    CommandFailure::new(format!(
        "the import has stopped: {failure}{}; run it again to continue",
        cause.unwrap_or_default()
    ))
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

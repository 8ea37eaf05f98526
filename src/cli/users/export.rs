//! `signet users export`: writes all users as JSON Lines.

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use tempfile::NamedTempFile;

use crate::{
    audit::{AuditAction, COMMAND_LINE, audit},
    cli::{CommandContext, CommandFailure, progress::Progress, setup},
    import::{append_exported, export_page},
    store::Store,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArgs {
    /// Write to this file, which only its owner can read [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes all users in the order of their IDs. A file appears when it is complete.
///
/// # Errors
/// The database fails, or the file or standard output cannot be written.
pub(super) async fn run(
    context: &CommandContext,
    arguments: &ExportArgs,
) -> Result<(), CommandFailure> {
    let opened = setup::open(context, setup::SchemaNeed::AsItIs).await?;
    let Some(path) = &arguments.output else {
        let progress = if io::stdout().is_terminal() {
            Progress::hidden()
        } else {
            Progress::count("Exported users")
        };
        let users = write_all(
            &opened.store,
            &mut io::stdout().lock(),
            &progress,
            &|error| CommandFailure::unprinted(error),
        )
        .await?;
        note(users);
        return Ok(());
    };
    let failed = |error: &io::Error| cannot_write(path, error);
    // A temporary file is readable and writable only by its owner.
    let mut file = NamedTempFile::new_in(folder(path)).map_err(|error| failed(&error))?;
    let progress = Progress::count("Exported users");
    let users = write_all(&opened.store, &mut file, &progress, &failed).await?;
    file.as_file().sync_all().map_err(|error| failed(&error))?;
    file.persist(path).map_err(|error| failed(&error.error))?;
    note(users);
    Ok(())
}

async fn write_all(
    store: &Store,
    out: &mut impl Write,
    progress: &Progress,
    failed: &impl Fn(&io::Error) -> CommandFailure,
) -> Result<u64, CommandFailure> {
    let mut after = None;
    let mut users = 0;
    let mut text = Vec::new();
    loop {
        let page = export_page(store, after).await?;
        let Some(last) = page.last() else {
            return Ok(users);
        };
        after = Some(last.user.id);
        text.clear();
        for user in &page {
            append_exported(&mut text, user).map_err(CommandFailure::new)?;
        }
        match out.write_all(&text).and_then(|()| out.flush()) {
            // The reader has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(users),
            written => written.map_err(|error| failed(&error))?,
        }
        users += u64::try_from(page.len()).unwrap_or_default();
        progress.add(page.len());
    }
}

fn note(users: u64) {
    audit!(AuditAction::UsersExport, Done, users, by = COMMAND_LINE);
}

/// Returns the folder of a file that is to be created.
fn folder(path: &Path) -> &Path {
    let parent = path.parent();
    let parent = parent.filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn cannot_write(path: &Path, error: &io::Error) -> CommandFailure {
    let problem = match error.kind() {
        io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
        kind => kind.to_string(),
    };
    CommandFailure::new(format!("{} cannot be written: {problem}", path.display()))
}

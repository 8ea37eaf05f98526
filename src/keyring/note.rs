//! The note in the key folder that its secrets have sealed secrets of authenticator apps or of imported passwords. The commands write it; a running
//! service never writes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The name of the note. Readers of keys skip hidden files.
const NAME: &str = ".apps";

const TEXT: &str = "Secrets of this folder have sealed secrets of authenticator apps or of imported passwords. \
                    While this file exists, `signet keys prune` keeps retired secrets if the database has neither.\n";

/// Returns the path of the note.
pub fn sealed_apps_note(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Returns whether the note exists.
pub fn has_sealed_apps(folder: &Path) -> bool {
    sealed_apps_note(folder).exists()
}

/// Writes the note.
///
/// # Errors
/// The folder cannot be written to.
pub fn note_sealed_apps(folder: &Path) -> io::Result<()> {
    if has_sealed_apps(folder) {
        return Ok(());
    }
    fs::write(sealed_apps_note(folder), TEXT)
}

//! The file of a SQLite database, and whether its path still leads to the file that is open.
//!
//! SQLite goes on with a file that was replaced, deleted or moved: changes are then committed to a
//! file that no later start opens. Next to a new file, the old write-ahead log would be taken for the
//! new file's own.

mod locks;

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::task::{JoinHandle, spawn_blocking};

pub(super) use self::locks::is_open_as_another_file;

/// How long the path counts as examined.
const EXAMINED: Duration = Duration::from_secs(1);

/// The least time between two log lines about one fault.
const REPEATED: Duration = Duration::from_mins(1);

/// A file of a file system: device and inode.
pub(super) type FileId = (u64, u64);

/// Why the file of the database cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum DatabaseFileError {
    /// The path leads to another file than the one that is open.
    #[error("the database file was replaced while it was open")]
    Replaced,
    /// The path leads to no file.
    #[error("the database file was deleted or moved while it was open")]
    Gone,
    /// The path cannot be examined.
    #[error("the database file cannot be examined: {0}")]
    Unreadable(io::ErrorKind),
}

/// How recent a comparison must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MaxAge {
    /// Made now: for a change.
    Now,
    /// At most a second old.
    Recent,
}

/// The file of a database, by its path.
#[derive(Debug, Clone)]
pub(super) struct DatabaseFile(Arc<DatabaseFileInner>);

#[derive(Debug)]
struct DatabaseFileInner {
    path: PathBuf,
    /// When the path last led to the open file.
    sound: Mutex<Option<Instant>>,
    examined: tokio::sync::Mutex<ExaminedFile>,
}

#[derive(Debug, Default)]
struct ExaminedFile {
    /// The file that this process opened first, and stays with.
    opened: Option<FileId>,
    /// A look at the path that has not ended. There is one at a time, however long the disk takes.
    pending: Option<JoinHandle<io::Result<FileId>>>,
    /// The fault that was logged last.
    logged: Option<(DatabaseFileError, Instant)>,
}

impl DatabaseFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(Arc::new(DatabaseFileInner {
            path,
            sound: Mutex::default(),
            examined: tokio::sync::Mutex::default(),
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether the path led to the open file a moment ago.
    pub(super) fn is_sound(&self) -> bool {
        let sound = self.0.sound.lock().unwrap_or_else(PoisonError::into_inner);
        sound.is_some_and(|at| at.elapsed() < EXAMINED)
    }

    fn set_sound(&self, is_sound: bool) {
        let now = is_sound.then(Instant::now);
        *self.0.sound.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Compares the open file with the one that the path leads to.
    ///
    /// # Errors
    /// The path leads elsewhere, or cannot be examined.
    pub(super) async fn compare(&self, age: MaxAge) -> Result<(), DatabaseFileError> {
        let mut examined = self.0.examined.lock().await;
        if age == MaxAge::Recent && self.is_sound() {
            return Ok(());
        }
        let Some(opened) = examined.opened else {
            return Ok(());
        };
        let found = examined.look(&self.0.path).await;
        let compared = found.and_then(|found| {
            if found == opened {
                Ok(())
            } else {
                Err(DatabaseFileError::Replaced)
            }
        });
        self.set_sound(compared.is_ok());
        examined.log(&self.0.path, compared);
        compared
    }

    /// The file that the path leads to before a connection is opened, if it exists.
    pub(super) async fn before_opening(&self) -> Option<FileId> {
        let mut examined = self.0.examined.lock().await;
        examined.look(&self.0.path).await.ok()
    }

    /// A connection was opened. The first one decides which file this process uses.
    ///
    /// # Errors
    /// It is not certain that the connection has that file open.
    pub(super) async fn opened(&self, before: Option<FileId>) -> Result<(), DatabaseFileError> {
        let mut examined = self.0.examined.lock().await;
        let after = examined.look(&self.0.path).await?;
        let opened = examined.opened.or(before).unwrap_or(after);
        if after != opened || before.is_some_and(|before| before != opened) {
            return Err(DatabaseFileError::Replaced);
        }
        examined.opened = Some(opened);
        drop(examined);
        self.set_sound(true);
        Ok(())
    }
}

impl ExaminedFile {
    /// Asks the file system, on a thread that may wait for it.
    async fn look(&mut self, path: &Path) -> Result<FileId, DatabaseFileError> {
        if let Some(earlier) = &mut self.pending {
            // Left behind by an operation that was given up.
            let _ = earlier.await;
        }
        let path = path.to_owned();
        let task = self.pending.insert(spawn_blocking(move || {
            let file = fs::metadata(path)?;
            Ok((file.dev(), file.ino()))
        }));
        let found = task.await;
        self.pending = None;
        match found {
            Ok(Ok(file)) => Ok(file),
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                Err(DatabaseFileError::Gone)
            }
            Ok(Err(error)) => Err(DatabaseFileError::Unreadable(error.kind())),
            Err(_) => Err(DatabaseFileError::Unreadable(io::ErrorKind::Other)),
        }
    }

    fn log(&mut self, path: &Path, compared: Result<(), DatabaseFileError>) {
        let Err(fault) = compared else {
            if self.logged.take().is_some() {
                tracing::info!(file = %path.display(), "the database file is back");
            }
            return;
        };
        let is_known =
            |(known, at): (DatabaseFileError, Instant)| known == fault && at.elapsed() < REPEATED;
        if !self.logged.is_some_and(is_known) {
            self.logged = Some((fault, Instant::now()));
            tracing::error!(
                file = %path.display(),
                "{fault}: restart the service to use the file that is there now, or put the open \
                 file back"
            );
        }
    }
}

//! The file of a SQLite database, and the check that its path still leads to the open file.
//!
//! SQLite continues to use a file that was replaced, deleted or moved: changes are then committed to a
//! file that no later start opens. Next to a new file, the old write-ahead log would be taken for the
//! log of the new file.

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

/// The time for which the result of a check is reused by reads.
const CHECK_LIFETIME: Duration = Duration::from_secs(1);

/// The least time between two log lines about one fault.
const LOG_INTERVAL: Duration = Duration::from_mins(1);

/// The identity of a file: device and inode.
pub(super) type FileId = (u64, u64);

/// A reason why the database file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum DatabaseFileError {
    /// The path leads to another file than the open one.
    #[error("the database file was replaced while it was open")]
    Replaced,
    /// The path leads to no file.
    #[error("the database file was deleted or moved while it was open")]
    Gone,
    /// The path cannot be examined.
    #[error("the database file cannot be examined: {0}")]
    Unreadable(io::ErrorKind),
}

/// The age that the result of a comparison may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MaxAge {
    /// Compared now: for a change.
    Now,
    /// Compared at most a second ago: for a read.
    Recent,
}

/// The file of a database.
#[derive(Debug, Clone)]
pub(super) struct DatabaseFile(Arc<DatabaseFileInner>);

#[derive(Debug)]
struct DatabaseFileInner {
    path: PathBuf,
    /// The time of the last check, if the path led to the open file.
    last_sound: Mutex<Option<Instant>>,
    examined: tokio::sync::Mutex<ExaminedFile>,
}

#[derive(Debug, Default)]
struct ExaminedFile {
    /// The file that this process opened first and uses until it ends.
    opened: Option<FileId>,
    /// A read of the path's file identity that has not ended. Only one runs at a time, so a disk that does
    /// not answer blocks one thread.
    pending: Option<JoinHandle<io::Result<FileId>>>,
    /// The fault that was logged last, with its time.
    logged: Option<(DatabaseFileError, Instant)>,
}

impl DatabaseFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(Arc::new(DatabaseFileInner {
            path,
            last_sound: Mutex::default(),
            examined: tokio::sync::Mutex::default(),
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    /// Returns whether the path led to the open file less than a second ago.
    pub(super) fn is_sound(&self) -> bool {
        let sound = self
            .0
            .last_sound
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        sound.is_some_and(|at| at.elapsed() < CHECK_LIFETIME)
    }

    fn set_sound(&self, is_sound: bool) {
        let now = is_sound.then(Instant::now);
        *self
            .0
            .last_sound
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Compares the open file with the one that the path leads to.
    ///
    /// # Errors
    /// The path leads to another file or to no file, or cannot be examined.
    pub(super) async fn compare(&self, age: MaxAge) -> Result<(), DatabaseFileError> {
        let mut examined = self.0.examined.lock().await;
        if age == MaxAge::Recent && self.is_sound() {
            return Ok(());
        }
        let Some(opened) = examined.opened else {
            return Ok(());
        };
        let found = examined.read_file_id(&self.0.path).await;
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

    /// Returns the file that the path leads to before a connection is opened, if the file exists.
    pub(super) async fn before_opening(&self) -> Option<FileId> {
        let mut examined = self.0.examined.lock().await;
        examined.read_file_id(&self.0.path).await.ok()
    }

    /// Checks the file after a connection was opened. The first connection decides which file this process
    /// uses.
    ///
    /// # Errors
    /// The connection may have another file open.
    pub(super) async fn opened(&self, before: Option<FileId>) -> Result<(), DatabaseFileError> {
        let mut examined = self.0.examined.lock().await;
        let after = examined.read_file_id(&self.0.path).await?;
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
    /// Reads which file the path leads to, on a thread of the runtime that may block.
    async fn read_file_id(&mut self, path: &Path) -> Result<FileId, DatabaseFileError> {
        if let Some(earlier) = &mut self.pending {
            // The earlier read was left behind by a cancelled operation.
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
        let is_known = |(known, at): (DatabaseFileError, Instant)| {
            known == fault && at.elapsed() < LOG_INTERVAL
        };
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

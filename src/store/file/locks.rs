//! Checks whether another process has a database open under a path that now leads to another file.
//!
//! A connection in WAL mode holds a shared lock on its database file and, while it holds that lock, a
//! shared lock on the file `…-shm` next to it (<https://sqlite.org/walformat.html#locks>). The lock on
//! `…-shm` without the lock on the database file shows that a process uses this name for another file.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

/// The bytes of a database file that a shared lock covers: `SHARED_FIRST` and `SHARED_SIZE`.
const SHARED: (u64, u64) = (0x4000_0002, 510);

/// The byte of `…-shm` on which every connection holds a lock: `UNIX_SHM_DMS`.
const CONNECTED: (u64, u64) = (128, 1);

/// The number of reads of the locks, because the two files are not read at the same moment.
const ATTEMPTS: usize = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// Returns whether another process has a database open under this path that is not the file to which the path
/// leads now. Blocks until the file system answers.
///
/// Call this before the process opens the database, because closing a file releases all locks of the process
/// on the file.
pub(in crate::store) fn is_open_as_another_file(path: &Path) -> bool {
    // SQLite also follows links before it derives the names of the other files.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut shm = OsString::from(&path);
    shm.push("-shm");
    let shm = PathBuf::from(shm);
    let is_foreign =
        || !is_locked(&path, SHARED) && is_locked(&shm, CONNECTED) && !is_locked(&path, SHARED);
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        if !is_foreign() {
            return false;
        }
    }
    true
}

/// Returns whether another process holds a lock on those bytes. `false` if the file cannot be read.
fn is_locked(path: &Path, (start, length): (u64, u64)) -> bool {
    let lock = Flock {
        start,
        length,
        pid: None,
        typ: FlockType::WriteLock,
        offset_type: FlockOffsetType::Set,
    };
    let found = File::open(path).map(|file| fcntl_getlk(&file, &lock));
    matches!(found, Ok(Ok(Some(_))))
}

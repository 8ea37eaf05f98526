//! Whether another process has a database open under a path that leads to another file now.
//!
//! A connection in WAL mode holds a shared lock on its database file and, while it holds that lock, a
//! shared lock on the file `…-shm` next to it (<https://sqlite.org/walformat.html#locks>). The lock on
//! `…-shm` without the lock on the database file tells that a process uses this name for another file.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};

/// The bytes of a database file of which a shared lock is a lock: `SHARED_FIRST` and `SHARED_SIZE`.
const SHARED: (u64, u64) = (0x4000_0002, 510);

/// The byte of `…-shm` on which every connection holds a lock: `UNIX_SHM_DMS`.
const CONNECTED: (u64, u64) = (128, 1);

/// Looks at the locks, which are not read in one moment.
const LOOKS: usize = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// Whether another process has a database open under this path, and not the file that the path leads
/// to now. Blocks while the file system answers.
///
/// Call this before the process opens the database: closing a file releases the locks that the process
/// has on the file.
pub(in crate::store) fn is_open_as_another_file(path: &Path) -> bool {
    // SQLite follows links as well before it names the other files.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut shm = OsString::from(&path);
    shm.push("-shm");
    let shm = PathBuf::from(shm);
    let is_foreign =
        || !is_locked(&path, SHARED) && is_locked(&shm, CONNECTED) && !is_locked(&path, SHARED);
    for look in 0..LOOKS {
        if look > 0 {
            thread::sleep(PAUSE);
        }
        if !is_foreign() {
            return false;
        }
    }
    true
}

/// Whether another process holds a lock on those bytes. `false` where that cannot be found out.
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

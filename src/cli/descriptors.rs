//! Limits of open files: each connection needs one, and the database needs some.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// The most files of a database connection: the SQLite file, its write-ahead log and the index of
/// the log.
const FILES_PER_DATABASE_CONNECTION: usize = 3;

/// Other open files: standard streams, listeners, signals and the key folder.
const OTHER_FILES: usize = 64;

/// The connection limit of the separate metrics listener.
pub(super) const METRICS_CONNECTIONS: usize = 32;

/// Raises the limit of open files as far as the settings need and the system allows. If the limit
/// stays too low, lowers `http.max_connections` and returns a warning.
pub(super) fn raise_file_limit(config: &mut Config) -> Option<String> {
    let metrics_connections = config.metrics.listen.map_or(0, |_| METRICS_CONNECTIONS);
    let others = config.database.connections as usize * FILES_PER_DATABASE_CONNECTION
        + OTHER_FILES
        + metrics_connections;
    let wanted = config.http.max_connections + others;
    let limit = raise(wanted as u64)?;
    let room = usize::try_from(limit).unwrap_or(usize::MAX);
    // At least one connection: with none, the service would be useless.
    config.http.max_connections = room.saturating_sub(others).max(1);
    Some(format!(
        "the limit of open files is {limit}, so at most {} connections are served at once instead of {}: \
         raise the limit (ulimit -n) to {wanted}, or lower http.max_connections",
        config.http.max_connections,
        wanted - others,
    ))
}

/// Raises the limit to `wanted` as far as possible. Returns the limit if it stays below.
fn raise(wanted: u64) -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let present = current.filter(|present| *present < wanted)?;
    let raised = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let limit = Rlimit {
        current: Some(raised),
        maximum,
    };
    let reached = setrlimit(Resource::Nofile, limit).map_or(present, |()| raised);
    (reached < wanted).then_some(reached)
}

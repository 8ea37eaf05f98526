//! Open files: every connection is one, and a database has some of its own.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// What a connection of the database opens at most: SQLite's file, its log and the log's index.
const OF_THE_DATABASE: usize = 3;

/// What a process has open besides: standard streams, the listener, signals, the folder of keys.
const OTHERS: usize = 64;

/// Connections of operators at once, who have an address of their own.
pub(super) const OF_OPERATORS: usize = 32;

/// Raises the limit of open files to what the settings ask for, as far as it may be raised. Where
/// that is not enough, fewer connections are served; and that is said.
pub(super) fn make_room(config: &mut Config) -> Option<String> {
    let of_operators = config.metrics.listen.map_or(0, |_| OF_OPERATORS);
    let others = config.database.connections as usize * OF_THE_DATABASE + OTHERS + of_operators;
    let wanted = config.http.max_connections + others;
    let limit = raise(wanted as u64)?;
    let room = usize::try_from(limit).unwrap_or(usize::MAX);
    // One at least: nobody starts a service that serves nobody.
    config.http.max_connections = room.saturating_sub(others).max(1);
    Some(format!(
        "the limit of open files is {limit}, so at most {} connections are served at once instead of {}: \
         raise the limit (ulimit -n) to {wanted}, or lower http.max_connections",
        config.http.max_connections,
        wanted - others,
    ))
}

/// The limit, if it stays below what is wanted.
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

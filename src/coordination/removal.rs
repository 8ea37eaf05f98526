//! Takes back a mark.

use redis::Cmd;

/// Removes a mark if it is that of this process. Another node may have set its own meanwhile.
const REMOVE: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/// Returns the command that removes a mark of this process.
pub(super) fn removal(key: &str, process: &str) -> Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(REMOVE).arg(1).arg(key).arg(process);
    command
}

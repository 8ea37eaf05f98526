//! Tips for unknown commands that other programs have: `start`, `run`, `server` and `version`.

use clap::{
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

/// The beginning of the usage of `signet` itself. The usage of a group continues with its name.
const OWN_USAGE: &str = "signet [OPTIONS]";

/// Adds a tip to the error of an unknown command, if another service would have that command.
pub(super) fn with_tip(mut error: Error) -> Error {
    if let Some(tip) = tip(&error) {
        let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
        // Without this, clap also suggests a command with a similar name.
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, tips);
    }
    error
}

fn tip(error: &Error) -> Option<&'static str> {
    let context = |kind| error.get(kind).map(ToString::to_string);
    let is_own = error.kind() == ErrorKind::InvalidSubcommand
        && context(ContextKind::Usage)?.contains(OWN_USAGE);
    match context(ContextKind::InvalidSubcommand)?.as_str() {
        "start" | "run" | "server" if is_own => Some("'signet serve' starts the service"),
        "version" if is_own => Some("'signet --version' prints the version"),
        _ => None,
    }
}

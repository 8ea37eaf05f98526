//! The error message of a database that cannot be used when a command starts: the server and the next step.

use crate::{
    cli::CommandFailure,
    config::{DatabaseConfig, server_names},
    store,
};

/// Returns the message for an error of this database. It names the server without user and password.
pub(super) fn failure(config: &DatabaseConfig, error: &store::Error) -> CommandFailure {
    if let store::Error::Server(problem) = error {
        return CommandFailure::new(problem.clone());
    }
    let servers = server_names(&config.url.expose());
    let server = (!servers.is_empty()).then(|| servers.join(", "));
    let details = error.with_cause();
    let message = match server.zip(error.next_step()) {
        Some((server, step)) => format!("database.url: {server}: {details}\n  {step}"),
        None => format!("database.url: {details}"),
    };
    CommandFailure::new(message)
}

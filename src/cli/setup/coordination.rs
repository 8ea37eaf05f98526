//! The check of the coordination server.

use crate::{
    cli::CommandFailure,
    config::Config,
    coordination::{CheckedServer, CoordinationError, ServerFault},
};

/// Checks the coordination server before the start. A server that is down is logged and does not stop the start.
///
/// # Errors
/// The server does not speak Redis, cannot be verified or refuses the user of the URL, or TLS cannot be set up.
pub(in crate::cli) async fn check_coordination(config: &Config) -> Result<(), CommandFailure> {
    match checked(config).await? {
        None => Ok(()),
        Some(Ok(server)) => {
            if let Some(warning) = warning(&server) {
                tracing::warn!("{warning}");
            }
            Ok(())
        }
        Some(Err(fault)) if fault.is_permanent() => Err(CommandFailure::usage(problem(&fault))),
        Some(Err(fault)) => {
            let strict = if config.coordination.strict {
                "requests that need a mark or a limit are answered with 503"
            } else {
                "this node goes on by itself"
            };
            tracing::warn!("{}; until then {strict}", problem(&fault));
            Ok(())
        }
    }
}

/// Returns what `signet check` prints about the server: what was found, or what is wrong. `None` if none is configured.
pub(in crate::cli) async fn coordination_server(config: &Config) -> Option<Result<String, String>> {
    let checked = match checked(config).await {
        Ok(checked) => checked?,
        Err(failure) => return Some(Err(failure.to_string())),
    };
    Some(match checked {
        Ok(server) => {
            let warning = warning(&server).map_or_else(String::new, |it| format!("; WARNING {it}"));
            Ok(format!("{} can be used{warning}", server.server))
        }
        Err(fault) => Err(problem(&fault)),
    })
}

async fn checked(
    config: &Config,
) -> Result<Option<Result<CheckedServer, ServerFault>>, CommandFailure> {
    let checked = CheckedServer::check(&config.coordination).await;
    checked.map_err(|error| CommandFailure::new(CoordinationError::from(error)))
}

fn problem(fault: &ServerFault) -> String {
    format!("coordination.url: {fault}")
}

fn warning(server: &CheckedServer) -> Option<String> {
    let policy = server.evicting_policy.as_ref()?;
    Some(format!(
        "coordination.url: the server removes keys when its memory is full (maxmemory-policy {policy}), so that used \
         tokens are forgotten: set maxmemory-policy noeviction"
    ))
}

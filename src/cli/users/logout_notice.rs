//! Notifies clients that a command has ended the sessions of a user (OpenID Connect Back-Channel Logout 1.0).

use crate::{
    app::outbound,
    backchannel_logout::BackchannelLogout,
    cli::{CommandContext, CommandFailure, setup},
    config::Config,
    identity::UserId,
};

/// Sends the notifications before the command ends, and warns of the clients that were not notified. The sessions
/// have ended already, so a failure does not fail the command.
pub(super) async fn send(context: &CommandContext, user: UserId) {
    let clients = with_endpoint(&context.config);
    if clients.is_empty() {
        return;
    }
    match sender(context) {
        Ok(sender) => {
            let failed = sender.notify_of_logout_everywhere_now(user).await;
            if !failed.is_empty() {
                warn(&failed.join(" "), "not notified of the logout");
            }
        }
        Err(failure) => {
            let why = failure.message;
            warn(&clients, &format!("not notified of the logout: {why}"));
        }
    }
}

/// Warns of the clients that are not notified when the sessions of all users end: that would be one request for every
/// user and client.
pub(super) fn warn_of_all(config: &Config) {
    let clients = with_endpoint(config);
    if !clients.is_empty() {
        warn(&clients, "not notified of a logout of all users");
    }
}

fn warn(clients: &str, what: &str) {
    tracing::warn!(clients, "these clients were {what}");
}

/// Returns the names of the clients that are to be notified.
fn with_endpoint(config: &Config) -> String {
    let clients = config.clients.iter();
    let clients = clients.filter(|client| client.backchannel_logout_uri.is_some());
    let names: Vec<_> = clients.map(|client| client.client_id.as_str()).collect();
    names.join(" ")
}

/// # Errors
/// The keys cannot be read, or TLS cannot be set up.
fn sender(context: &CommandContext) -> Result<BackchannelLogout, CommandFailure> {
    let CommandContext {
        config,
        clock,
        entropy,
        ..
    } = context;
    let tokens = setup::command_tokens(context)?;
    let fetcher = outbound::fetcher(config).map_err(CommandFailure::new)?;
    Ok(BackchannelLogout::new(
        tokens,
        fetcher.as_ref(),
        clock.clone(),
        entropy.clone(),
    ))
}

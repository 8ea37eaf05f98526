//! `signet mail …`: what leaves, before anybody depends on it.

mod preview;
mod send;

use clap::Subcommand;

use super::{CommandContext, CommandFailure, setup};

#[derive(Debug, Subcommand)]
pub(super) enum MailCommand {
    /// Render an email with sample data
    Preview(preview::PreviewArgs),
    /// Send a test email and print the server's response
    Send(send::SendArgs),
}

pub(super) async fn run(
    environment: CommandContext,
    command: MailCommand,
) -> Result<(), CommandFailure> {
    let writer = setup::writer(&environment)?;
    match command {
        MailCommand::Preview(preview) => preview.run(&writer),
        MailCommand::Send(send) => send.run(environment, &writer).await,
    }
}

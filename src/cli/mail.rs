//! `signet mail …`: previews and test emails.

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
    context: CommandContext,
    command: MailCommand,
) -> Result<(), CommandFailure> {
    let renderer = setup::mail_renderer(&context.config)?;
    match command {
        MailCommand::Preview(preview) => preview.run(&renderer),
        MailCommand::Send(send) => send.run(context, &renderer).await,
    }
}

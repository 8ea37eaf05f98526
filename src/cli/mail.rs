//! `signet mail …`: what leaves, before anybody depends on it.

mod preview;
mod send;

use clap::Subcommand;

use super::{Environment, Failure, setup};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Render an email with sample data
    Preview(preview::Preview),
    /// Send a test email and print the server's response
    Send(send::Send),
}

pub(super) async fn run(environment: Environment, command: Command) -> Result<(), Failure> {
    let writer = setup::writer(&environment)?;
    match command {
        Command::Preview(preview) => preview.run(&writer),
        Command::Send(send) => send.run(environment, &writer).await,
    }
}

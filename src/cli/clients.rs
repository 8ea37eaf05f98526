//! `signet clients …`.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{CommandContext, CommandFailure, print};
use crate::client::SecretHash;

#[derive(Debug, Subcommand)]
pub(super) enum ClientsCommand {
    /// Generate a client secret and print it with its hash for `client_secret_hashes`
    Secret(SecretArgs),
}

#[derive(Debug, Args)]
pub(super) struct SecretArgs {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(
    context: &CommandContext,
    command: &ClientsCommand,
) -> Result<(), CommandFailure> {
    let ClientsCommand::Secret(SecretArgs { format }) = command;
    let secret = context.entropy.secret()?;
    let hash = SecretHash::of(&secret);
    match format {
        Format::Text => {
            print(format!("secret: {secret}"))?;
            print(format!("hash: {hash}"))
        }
        Format::Json => print(json!({ "secret": secret, "hash": hash.to_string() })),
    }
}

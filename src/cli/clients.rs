//! `signet clients …`.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::{CommandFailure, print};
use crate::{client::SecretHash, entropy::Entropy};

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
    /// Append the hash to this file, which `client_secret_hash_file` of a client names
    #[arg(long, value_name = "FILE")]
    hash_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Needs no configuration, which may name a hash file that does not exist yet.
///
/// # Errors
/// The system provides no randomness, or the hash cannot be written: then no secret is printed.
pub(super) fn run(command: &ClientsCommand) -> Result<(), CommandFailure> {
    let ClientsCommand::Secret(SecretArgs { format, hash_file }) = command;
    let secret = Entropy::system().secret()?;
    let hash = SecretHash::of(&secret);
    if let Some(path) = hash_file {
        append(path, &hash.to_string()).map_err(|error| {
            CommandFailure::new(format!("{} cannot be written: {error}", path.display()))
        })?;
    }
    match format {
        Format::Text => {
            print(format!("secret: {secret}"))?;
            print(format!("hash: {hash}"))
        }
        Format::Json => print(json!({ "secret": secret, "hash": hash.to_string() })),
    }
}

/// Appends a line to a file, which is created if it does not exist.
fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_all()
}

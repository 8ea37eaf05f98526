//! `signet config`: the reference of all settings, generated from the table that the reader uses.

mod json;
mod markdown;
mod toml;

use clap::{Args, Subcommand, ValueEnum};

use super::{CommandFailure, print};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its type, default, bounds and an example
    Reference(ReferenceArgs),
}

#[derive(Debug, Args)]
pub(super) struct ReferenceArgs {
    /// Format: a commented configuration file, an array of objects, or a page of the documentation
    #[arg(long, value_enum, default_value_t = ReferenceFormat::Toml)]
    format: ReferenceFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ReferenceFormat {
    Toml,
    Json,
    Markdown,
}

/// Prints the reference. It needs no configuration.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn run(command: &ConfigCommand) -> Result<(), CommandFailure> {
    let ConfigCommand::Reference(ReferenceArgs { format }) = command;
    let text = match format {
        ReferenceFormat::Toml => toml::reference(),
        ReferenceFormat::Json => json::reference(),
        ReferenceFormat::Markdown => markdown::reference(),
    };
    print(text.trim_end())
}

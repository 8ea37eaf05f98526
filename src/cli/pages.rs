//! `signet pages …`: previews the hosted pages.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{CommandContext, CommandFailure, preview};
use crate::{locale::Locale, pages};

#[derive(Debug, Subcommand)]
pub(super) enum PagesCommand {
    /// Render a page with sample data
    Preview(PagePreviewArgs),
}

#[derive(Debug, Args)]
pub(super) struct PagePreviewArgs {
    /// Page to render, such as `login`; lists all if omitted
    page: Option<String>,
    /// Language: en, de, es or zh
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = preview::language)]
    language: Locale,
    /// Write to this file
    #[arg(long, value_name = "FILE", requires = "page")]
    output: Option<PathBuf>,
}

pub(super) fn run(context: &CommandContext, command: &PagesCommand) -> Result<(), CommandFailure> {
    let PagesCommand::Preview(arguments) = command;
    let templates = pages::read_templates(&context.config)?;
    let page = arguments.page.as_deref();
    let shown = pages::preview(&templates, &context.config.issuer, page, arguments.language);
    preview::write(
        &shown.map_err(CommandFailure::usage)?,
        arguments.output.as_deref(),
    )
}

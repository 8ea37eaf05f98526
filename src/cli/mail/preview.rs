//! `signet mail preview`: renders an email with sample data.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::{
    cli::{CommandFailure, preview, print},
    locale::Locale,
    mail::{MailRenderer, Message, RenderedMail},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct PreviewArgs {
    /// Email to render, such as `reset-password`; lists all if omitted
    mail: Option<String>,
    /// Language: en, de, es or zh
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = preview::language)]
    language: Locale,
    /// Part to render [default: from the extension of --output, else text]
    #[arg(long)]
    part: Option<PreviewPart>,
    /// Write to this file
    #[arg(long, value_name = "FILE", requires = "mail")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PreviewPart {
    Text,
    Html,
}

impl PreviewArgs {
    pub(super) fn run(&self, renderer: &MailRenderer) -> Result<(), CommandFailure> {
        let samples = Message::samples(self.language);
        let Some(name) = &self.mail else {
            return samples.iter().try_for_each(|sample| {
                let subject = renderer.render(sample).subject;
                print(format!("{:<20} {subject}", sample.kind.name()))
            });
        };
        let sample = samples.iter().find(|sample| sample.kind.name() == name);
        let sample = sample.ok_or_else(|| {
            let names: Vec<_> = samples.iter().map(|sample| sample.kind.name()).collect();
            let names = names.join(", ");
            CommandFailure::usage(format!("no email is called {name:?}. Use one of {names}"))
        })?;
        let RenderedMail {
            subject,
            text,
            html,
            ..
        } = renderer.render(sample);
        let content = match self.part() {
            PreviewPart::Text => format!("Subject: {subject}\n\n{text}"),
            PreviewPart::Html => html,
        };
        preview::write(&content, self.output.as_deref())
    }

    fn part(&self) -> PreviewPart {
        let is_html = |file: &PathBuf| file.extension().is_some_and(|it| it == "html");
        match self.part {
            Some(part) => part,
            None if self.output.as_ref().is_some_and(is_html) => PreviewPart::Html,
            None => PreviewPart::Text,
        }
    }
}

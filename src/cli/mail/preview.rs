//! `signet mail preview`: what a mail looks like.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};

use crate::{
    cli::{Failure, print},
    locale::Locale,
    mail::{Letter, Message, Writer},
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Preview {
    /// Email to render, such as `reset-password`; lists all if omitted
    mail: Option<String>,
    /// Language: en, de, es or zh
    #[arg(long, value_name = "TAG", default_value = "en", value_parser = language)]
    language: Locale,
    /// Part to render [default: from the extension of --output, else text]
    #[arg(long)]
    part: Option<Part>,
    /// Write to this file
    #[arg(long, value_name = "FILE", requires = "mail")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    Text,
    Html,
}

fn language(tag: &str) -> Result<Locale, String> {
    Locale::of_tag(tag).ok_or_else(|| {
        let tags = Locale::ALL.map(Locale::tag);
        format!("must be one of {}", tags.join(", "))
    })
}

impl Preview {
    pub(super) fn run(&self, writer: &Writer) -> Result<(), Failure> {
        let samples = Message::samples(self.language);
        let Some(name) = &self.mail else {
            return samples.iter().try_for_each(|sample| {
                let subject = writer.write(sample).subject;
                print(format!("{:<20} {subject}", sample.says.name()))
            });
        };
        let sample = samples.iter().find(|sample| sample.says.name() == name);
        let sample = sample.ok_or_else(|| {
            let names: Vec<_> = samples.iter().map(|sample| sample.says.name()).collect();
            let names = names.join(", ");
            Failure::usage(format!("no email is called {name:?}. Use one of {names}"))
        })?;
        let Letter {
            subject,
            text,
            html,
            ..
        } = writer.write(sample);
        let shown = match self.part() {
            Part::Text => format!("Subject: {subject}\n\n{text}"),
            Part::Html => html,
        };
        match &self.output {
            None => print(shown.trim_end()),
            Some(file) => fs::write(file, shown).map_err(|error| {
                let kind = error.kind();
                Failure::new(format!("{} cannot be written: {kind}", file.display()))
            }),
        }
    }

    fn part(&self) -> Part {
        let is_page = |file: &PathBuf| file.extension().is_some_and(|it| it == "html");
        match self.part {
            Some(part) => part,
            None if self.output.as_ref().is_some_and(is_page) => Part::Html,
            None => Part::Text,
        }
    }
}

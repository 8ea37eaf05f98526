//! The question before a command that cannot be undone.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;

use crate::cli::CommandFailure;

#[derive(Debug, Args)]
pub(super) struct ConfirmationArgs {
    /// Do not ask first; required without a terminal
    #[arg(long)]
    yes: bool,
}

/// The way in which the operator confirms a command.
pub(super) enum Consent {
    /// The operator has confirmed with `--yes`.
    Given,
    /// The operator is asked on the terminal.
    Asked,
}

impl ConfirmationArgs {
    /// Returns the way in which the operator confirms `act`, before anything is opened.
    ///
    /// # Errors
    /// `--yes` is missing, and standard input is no terminal.
    pub(super) fn way(&self, act: &str) -> Result<Consent, CommandFailure> {
        if self.yes {
            Ok(Consent::Given)
        } else if io::stdin().is_terminal() {
            Ok(Consent::Asked)
        } else {
            Err(CommandFailure::usage(format!(
                "{act} cannot be undone, and there is no terminal to ask on: add --yes. Nothing was changed"
            )))
        }
    }
}

impl Consent {
    /// Asks the question, unless the operator has confirmed with `--yes`.
    ///
    /// # Errors
    /// The answer is not yes, or the terminal cannot be read.
    pub(super) fn ask(&self, question: &str) -> Result<(), CommandFailure> {
        if matches!(self, Self::Given) {
            return Ok(());
        }
        let mut prompt = io::stderr().lock();
        write!(prompt, "{question} [y/N] ")?;
        prompt.flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        match answer.trim() {
            "y" | "Y" | "yes" => Ok(()),
            _ => Err(CommandFailure::new("nothing was changed")),
        }
    }
}

//! `signet completions` and `signet man`: texts that are generated from the definition of the command line.

use clap::{Args, Command, ValueEnum};
use clap_complete::{Shell, generate};

use super::{CommandFailure, print};

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// Shell
    shell: SupportedShell,
}

/// The shells for which the packages install completions.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SupportedShell {
    Bash,
    Zsh,
    Fish,
}

impl From<SupportedShell> for Shell {
    fn from(shell: SupportedShell) -> Self {
        match shell {
            SupportedShell::Bash => Self::Bash,
            SupportedShell::Zsh => Self::Zsh,
            SupportedShell::Fish => Self::Fish,
        }
    }
}

/// Prints the completion script of a shell.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn completions(
    mut command: Command,
    CompletionsArgs { shell }: &CompletionsArgs,
) -> Result<(), CommandFailure> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(Shell::from(*shell), &mut command, name, &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}

/// Prints the manual page of the program and of all its commands, in roff.
///
/// # Errors
/// Standard output cannot be written.
pub(super) fn manual(mut command: Command) -> Result<(), CommandFailure> {
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    append_commands(&command, &mut page)?;
    print(String::from_utf8_lossy(&page).trim_end())
}

/// Appends a section for each command that does something, in the order of the help.
fn append_commands(command: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    for subcommand in command.get_subcommands().filter(|it| !it.is_hide_set()) {
        if subcommand.get_name() == "help" {
            continue;
        }
        if subcommand.has_subcommands() {
            append_commands(subcommand, page)?;
            continue;
        }
        let name = subcommand.get_bin_name().unwrap_or_default();
        page.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
        let man = clap_mangen::Man::new(subcommand.clone());
        man.render_description_section(page)?;
        man.render_options_section(page)?;
    }
    Ok(())
}

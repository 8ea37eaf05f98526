//! Passwords of users, from the terminal or from standard input.

use std::{
    fmt::Display,
    io::{self, BufRead, IsTerminal},
};

use zeroize::Zeroizing;

use crate::{
    cli::{CommandContext, CommandFailure},
    identity::{EmailAddress, PersonName},
    password::{PasswordPolicy, PresentedPassword},
};

/// Reads the new password of a user and checks it against the policy.
///
/// # Errors
/// The password cannot be read, the repetition differs, or the password is too weak.
pub(super) fn read(
    context: &CommandContext,
    email: &EmailAddress,
    name: Option<&PersonName>,
) -> Result<PresentedPassword, CommandFailure> {
    let password = PresentedPassword::parse(&read_line()?).map_err(unusable)?;
    PasswordPolicy::new(&context.config)
        .check(&password, email, name)
        .map_err(unusable)?;
    Ok(password)
}

/// Returns the failure for a password with that problem.
pub(super) fn unusable(problem: impl Display) -> CommandFailure {
    CommandFailure::usage(format!("the password {problem}"))
}

/// Reads a password without echo from a prompt if standard input is a terminal, and from its first line otherwise.
fn read_line() -> Result<Zeroizing<String>, CommandFailure> {
    if io::stdin().is_terminal() {
        let password = Zeroizing::new(rpassword::prompt_password("Password: ")?);
        let again = Zeroizing::new(rpassword::prompt_password("Repeat password: ")?);
        return if password == again {
            Ok(password)
        } else {
            Err(CommandFailure::usage("the passwords do not match"))
        };
    }
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

//! `signet keys …`.

use clap::Subcommand;

use super::{Environment, Failure, say, setup};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write the keys and the secret that are missing, which sign at once; where none is, a
    /// successor of each, which signs in 24 h
    Generate,
    /// Show every key and secret, what it does and until when
    List,
    /// Print the public keys as the service publishes them
    Jwks,
}

pub(super) fn run(environment: &Environment, command: &Command) -> Result<(), Failure> {
    let now = environment.clock.now();
    match command {
        Command::Generate => {
            for file in setup::generate_keys(environment)? {
                let from = file.file.signs_from.to_rfc3339();
                say(format!("{}  signs from {from}", file.path.display()))?;
            }
            say("A service reads its folder when it starts: restart those that run.")
        }
        Command::List => {
            let time = |time: Option<chrono::DateTime<chrono::Utc>>| {
                time.map_or_else(|| "-".to_owned(), |time| time.to_rfc3339())
            };
            say(format!(
                "{:<9}  {:<6}  {:<25}  {:<25}  {:<25}  kid",
                "phase", "kind", "signs from", "signs until", "verifies until"
            ))?;
            for (file, kid, window) in setup::read_keys(environment)?.list() {
                say(format!(
                    "{:<9}  {:<6}  {:<25}  {:<25}  {:<25}  {kid}",
                    window.phase(now).to_string(),
                    file.kind.to_string(),
                    time(Some(window.signs_from)),
                    time(window.signs_until),
                    time(window.verifies_until),
                ))?;
            }
            Ok(())
        }
        Command::Jwks => say(&setup::read_keys(environment)?.jwks(now).body),
    }
}

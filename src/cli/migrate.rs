//! `signet migrate`.

use super::{Environment, Failure, say, setup};

pub(super) async fn run(environment: &Environment) -> Result<(), Failure> {
    let opened = setup::open(environment, true).await?;
    opened.store.close().await;
    match opened.migrated {
        0 => say("The schema is up to date."),
        applied => say(format!("Applied {applied} migrations.")),
    }
}

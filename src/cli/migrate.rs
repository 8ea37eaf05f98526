//! `signet migrate`.

use super::{
    Environment, Failure, count, say,
    setup::{self, Need},
};

pub(super) async fn run(environment: &Environment) -> Result<(), Failure> {
    let opened = setup::open(environment, Need::Migrated).await?;
    opened.store.close().await;
    match opened.migrated {
        0 => say("The schema is up to date."),
        applied => say(format!("Applied {}.", count(applied, "migration"))),
    }
}

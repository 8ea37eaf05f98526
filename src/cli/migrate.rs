//! `signet migrate`.

use super::{
    CommandContext, CommandFailure, count,
    setup::{self, SchemaNeed},
    tell,
};

pub(super) async fn run(environment: &CommandContext) -> Result<(), CommandFailure> {
    let opened = setup::open(environment, SchemaNeed::Migrated).await?;
    opened.store.close().await;
    match opened.migrated {
        0 => tell("The schema is up to date."),
        applied => tell(format!("Applied {}.", count(applied, "migration"))),
    }
    Ok(())
}

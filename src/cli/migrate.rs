//! `signet migrate`.

use super::{
    CommandContext, CommandFailure, counted, print_result,
    setup::{self, SchemaNeed},
};

pub(super) async fn run(context: &CommandContext) -> Result<(), CommandFailure> {
    let opened = setup::open(context, SchemaNeed::Migrated).await?;
    opened.store.close().await;
    match opened.migrated {
        0 => print_result("The schema is up to date."),
        applied => print_result(format!("Applied {}.", counted(applied, "migration"))),
    }
    Ok(())
}

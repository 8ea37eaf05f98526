//! `signet migrate`.

use clap::Args;

use super::{
    CommandContext, CommandFailure, counted, print_result,
    setup::{self, SchemaNeed},
};

#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// Take no lock, for engines without advisory locks; several runs at the same time do no harm
    #[arg(long)]
    no_lock: bool,
}

pub(super) async fn run(
    context: &CommandContext,
    arguments: &MigrateArgs,
) -> Result<(), CommandFailure> {
    let need = if arguments.no_lock {
        SchemaNeed::MigratedWithoutLock
    } else {
        SchemaNeed::Migrated
    };
    let opened = setup::open(context, need).await?;
    opened.store.close().await;
    match opened.migrated {
        0 => print_result("The schema is up to date."),
        applied => print_result(format!("Applied {}.", counted(applied, "migration"))),
    }
    Ok(())
}

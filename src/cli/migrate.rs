//! `signet migrate`.

use super::{
    Environment, Failure, count,
    setup::{self, Need},
    tell,
};

pub(super) async fn run(environment: &Environment) -> Result<(), Failure> {
    let opened = setup::open(environment, Need::Migrated).await?;
    opened.store.close().await;
    match opened.migrated {
        0 => tell("The schema is up to date."),
        applied => tell(format!("Applied {}.", count(applied, "migration"))),
    }
    Ok(())
}

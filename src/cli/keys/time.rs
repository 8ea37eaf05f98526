//! Whether this machine's clock can be believed, before a key is written or removed by it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::super::{CommandContext, CommandFailure};
use crate::{
    keyring::{CheckedTime, ClocksDisagree},
    store::{self, Store},
};

/// Why the clock is not confirmed.
pub(super) enum ClockCheckError {
    /// Another clock says something else.
    Disagrees {
        by: &'static str,
        clocks: ClocksDisagree,
    },
    /// The server that has the other clock cannot be asked.
    Unreachable {
        /// What this machine's clock says.
        time: CheckedTime,
        cause: String,
    },
    /// The database URL cannot be read.
    Url(String),
}

impl From<ClockCheckError> for CommandFailure {
    fn from(unchecked: ClockCheckError) -> Self {
        match unchecked {
            ClockCheckError::Disagrees { by, clocks } => Self::new(format!(
                "{clocks} ({by}), so nothing was written or removed. Correct the clock that is wrong"
            )),
            ClockCheckError::Unreachable { time, cause } => Self::new(format!(
                "database.url: {cause}, so this machine's clock is not confirmed and nothing was removed. \
                 Try again when the database responds, or check the clock and add `--today {}`",
                time.now().format("%F")
            )),
            ClockCheckError::Url(error) => Self::usage(format!("database.url: {error}")),
        }
    }
}

/// The time, compared with the clock of the PostgreSQL server and with the date that was given.
///
/// # Errors
/// One of them differs by more than a day. The server cannot be asked, and no date was given.
pub(super) async fn checked(
    environment: &CommandContext,
    today: Option<NaiveDate>,
) -> Result<CheckedTime, ClockCheckError> {
    let now = environment.clock.now();
    let mut time = CheckedTime::unconfirmed(now);
    let mut confirm = |by: &'static str, other| {
        time = CheckedTime::confirmed_by(now, other)
            .map_err(|clocks| ClockCheckError::Disagrees { by, clocks })?;
        Ok::<_, ClockCheckError>(())
    };
    match server_time(environment).await? {
        Ok(Some(server)) => confirm("the clock of the database server", server)?,
        Err(error) if today.is_none() => {
            let cause = error.to_string();
            return Err(ClockCheckError::Unreachable { time, cause });
        }
        Ok(None) | Err(_) => {}
    }
    if let Some(today) = today {
        // The date may be that of another time zone.
        let apart = now.date_naive().signed_duration_since(today);
        let is_near = apart.abs() <= TimeDelta::days(1);
        let noon = today.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
        confirm("--today", if is_near { now } else { noon })?;
    }
    Ok(time)
}

async fn server_time(
    environment: &CommandContext,
) -> Result<Result<Option<DateTime<Utc>>, store::Error>, ClockCheckError> {
    let store = Store::new(&environment.config.database);
    let store = store.map_err(|error| ClockCheckError::Url(error.to_string()))?;
    let time = store.server_time().await;
    store.close().await;
    Ok(time)
}

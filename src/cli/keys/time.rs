//! Checks the clock of this machine before keys are written or removed by it.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::super::{CommandContext, CommandFailure};
use crate::{
    keyring::{CheckedTime, ClocksDisagree},
    store::{self, Store},
};

/// The reason why the clock is not confirmed.
pub(super) enum ClockCheckError {
    /// Another clock differs by more than a day.
    Disagrees {
        by: &'static str,
        clocks: ClocksDisagree,
    },
    /// The database server, whose clock would confirm the time, is not reachable.
    Unreachable {
        /// The time of this machine's clock.
        time: CheckedTime,
        cause: String,
    },
    /// The database URL is invalid.
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

/// Returns the time, compared with the clock of the PostgreSQL server and with the date `today`.
///
/// # Errors
/// One of them differs by more than a day, or the server is not reachable and `today` is not given.
pub(super) async fn checked_time(
    context: &CommandContext,
    today: Option<NaiveDate>,
) -> Result<CheckedTime, ClockCheckError> {
    let now = context.clock.now();
    let mut time = CheckedTime::unconfirmed(now);
    let mut confirm = |by: &'static str, other| {
        time = CheckedTime::confirmed_by(now, other)
            .map_err(|clocks| ClockCheckError::Disagrees { by, clocks })?;
        Ok::<_, ClockCheckError>(())
    };
    match server_time(context).await? {
        Ok(Some(server)) => confirm("the clock of the database server", server)?,
        Err(error) if today.is_none() => {
            let cause = error.to_string();
            return Err(ClockCheckError::Unreachable { time, cause });
        }
        Ok(None) | Err(_) => {}
    }
    if let Some(today) = today {
        // The date may be in another time zone.
        let apart = now.date_naive().signed_duration_since(today);
        let is_near = apart.abs() <= TimeDelta::days(1);
        let noon = today.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(12);
        confirm("--today", if is_near { now } else { noon })?;
    }
    Ok(time)
}

async fn server_time(
    context: &CommandContext,
) -> Result<Result<Option<DateTime<Utc>>, store::Error>, ClockCheckError> {
    let store = Store::new(&context.config.database);
    let store = store.map_err(|error| ClockCheckError::Url(error.to_string()))?;
    let time = store.server_time().await;
    store.close().await;
    Ok(time)
}

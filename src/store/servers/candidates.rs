//! The servers of `database.url`, in the order in which they are tried.

use std::{io, sync::atomic::Ordering};

use sqlx::Postgres;
use tokio::time::timeout;

use super::{postgres::PostgresServers, role::ServerRole};
use crate::{config::TargetSessionAttrs, store::connections::PooledConnection};

impl PostgresServers {
    /// Returns the candidates in the order in which they are tried after `failed`: those that are known to accept writes,
    /// then the unknown ones, then the failed one. Candidates that a probe has just found unusable are left out.
    pub(super) fn order(&self, failed: Option<usize>) -> Vec<usize> {
        let shared = &*self.shared;
        let is_probed = shared.has_recent_probe();
        let rank = |index: usize| {
            let server = shared.servers.get(index)?;
            match server.role.get() {
                _ if Some(index) == failed => Some(3),
                ServerRole::Primary => Some(0),
                ServerRole::Unknown => Some(1),
                ServerRole::Replica if shared.target == TargetSessionAttrs::Any => Some(2),
                ServerRole::Replica | ServerRole::Unreachable if is_probed => None,
                ServerRole::Replica | ServerRole::Unreachable => Some(4),
            }
        };
        let candidates = (0..shared.candidates).filter(|index| rank(*index).is_some());
        let mut candidates: Vec<_> = candidates.collect();
        candidates.sort_by_key(|index| rank(*index));
        candidates
    }

    /// Opens or takes a connection to one of the candidates, in this order.
    ///
    /// # Errors
    /// None of them can be used.
    pub(super) async fn acquire_in(
        &self,
        order: Vec<usize>,
    ) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        let mut last =
            sqlx::Error::Io(io::Error::other("no server of database.url accepts writes"));
        let mut remaining = u32::try_from(order.len()).unwrap_or(u32::MAX);
        for index in order {
            let Some(server) = self.shared.servers.get(index) else {
                continue;
            };
            let limit = match server.role.get() {
                ServerRole::Primary => server.pool.acquire_timeout(),
                _ => server.pool.acquire_timeout() / remaining.max(1),
            };
            remaining = remaining.saturating_sub(1);
            match timeout(limit, self.acquire_checked(server)).await {
                Ok(Ok(connection)) => {
                    self.shared.current.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = sqlx::Error::PoolTimedOut,
            }
        }
        Err(last)
    }
}

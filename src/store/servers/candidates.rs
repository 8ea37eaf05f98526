//! The servers of `database.url`, in the order in which they are tried.

use std::{io, sync::atomic::Ordering};

use sqlx::Postgres;
use tokio::time::timeout;

use super::{
    postgres::{PostgresServers, is_unavailable},
    role::ServerRole,
};
use crate::{
    config::TargetSessionAttrs,
    store::{connections::PooledConnection, failure::cause},
};

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
    /// None of them can be used. The text names each one with its cause. A single candidate without a free connection is
    /// `PoolTimedOut`.
    pub(super) async fn acquire_in(
        &self,
        order: Vec<usize>,
    ) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        let mut causes = vec![];
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
            let acquired = timeout(limit, self.acquire_checked(server)).await;
            let error = match acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
                Ok(connection) => {
                    self.shared.current.store(index, Ordering::Relaxed);
                    return Ok(connection);
                }
                // Metrics count a pool without a free connection apart.
                Err(error) if remaining == 0 && causes.is_empty() && !is_unavailable(&error) => {
                    return Err(error);
                }
                Err(error) => error,
            };
            causes.push(format!("{}: {}", server.name, cause(&error)));
        }
        if causes.is_empty() {
            causes.push("no server of database.url accepts writes".to_owned());
        }
        Err(io::Error::other(causes.join("; ")).into())
    }
}

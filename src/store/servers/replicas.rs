//! Reads from replicas, which may only confirm.
//!
//! A replica lags behind the primary, so what it refuses may be out of date: the user may have signed up, logged in
//! again or changed the password a moment ago. Only the primary refuses.

use std::{sync::atomic::Ordering, time::Duration};

use sqlx::Postgres;
use tokio::time::timeout;

use super::{
    postgres::{PostgresServers, is_unavailable},
    role::ServerRole,
    shared::{PostgresServer, SharedServers},
};
use crate::{
    identity::{Epoch, User, UserAtLogin, UserId},
    store::{Engine, Error, Store, connections::PooledConnection},
};

impl Store {
    /// Returns a handle that reads from the nearest replica that lags no more than `database.max_lag`. `None` if there
    /// is no such replica.
    ///
    /// After the primary was lost, replicas that were fresh at that time are used for `database.orphan_grace`.
    pub fn fresh_replica(&self) -> Option<Self> {
        let engine = match &self.engine {
            Engine::Sqlite(_) => return None,
            Engine::Postgres(servers) => {
                let nearest = servers.shared.nearest_fresh_replica(None)?;
                let mut replica = servers.clone();
                replica.replica = Some(nearest);
                Engine::Postgres(replica)
            }
            #[cfg(feature = "simulation")]
            Engine::Simulated(servers) => Engine::Simulated(servers.fresh_replica()?),
        };
        Some(Self {
            engine,
            ..self.clone()
        })
    }

    /// Returns a user. A replica is enough if its row has this epoch and is active. The caller decides about any other
    /// row, which is the primary's.
    ///
    /// # Errors
    /// The primary fails.
    pub async fn user_of_epoch(&self, id: UserId, epoch: Epoch) -> Result<Option<User>, Error> {
        if let Some(replica) = self.fresh_replica()
            && let Ok(Some(user)) = replica.user(id).await
            && user.accepts_epoch(epoch)
        {
            return Ok(Some(user));
        }
        self.user(id).await
    }

    /// Returns the user of an account. A replica is enough if its row is active and needs no second step. The caller
    /// decides about any other row, which is the primary's.
    ///
    /// # Errors
    /// The primary fails.
    pub async fn user_of_account(
        &self,
        provider: &str,
        provider_account_id: &str,
    ) -> Result<Option<UserAtLogin>, Error> {
        if let Some(replica) = self.fresh_replica()
            && let Ok(Some(found)) = replica.user_by_account(provider, provider_account_id).await
            && found.user.is_active
            && !found.factors.turn_two_steps_on()
        {
            return Ok(Some(found));
        }
        self.user_by_account(provider, provider_account_id).await
    }

    /// Checks that a login can be read, from a fresh replica or from the primary.
    ///
    /// # Errors
    /// The primary fails, and no replica may be used instead.
    pub async fn can_confirm_logins(&self) -> Result<(), Error> {
        if let Some(replica) = self.fresh_replica()
            && replica.can_log_in().await.is_ok()
        {
            return Ok(());
        }
        self.can_log_in().await
    }
}

impl PostgresServers {
    /// Returns a connection to a replica, or to another fresh one if the first one has none in half of the time.
    ///
    /// # Errors
    /// Neither has a connection.
    pub(super) async fn acquire_from_replica(
        &self,
        nearest: usize,
    ) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        let server = self.server(nearest)?;
        let other = || self.shared.nearest_fresh_replica(Some(nearest));
        if other().is_none() {
            return server.pool.acquire().await;
        }
        let limit = server.pool.acquire_timeout() / 2;
        match timeout(limit, server.pool.acquire()).await {
            Ok(Err(error)) if is_unavailable(&error) => {
                server.role.replace(ServerRole::Unknown);
            }
            Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) => {}
            Ok(acquired) => return acquired,
        }
        let other = &self.server(other().ok_or(sqlx::Error::PoolTimedOut)?)?.pool;
        let acquired = timeout(limit, Box::pin(other.acquire())).await;
        acquired.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Closes a connection to a replica that failed. Returns one to another fresh replica, or a new one to the same if its
    /// rows are still fresh: its role is unknown since the failure.
    ///
    /// # Errors
    /// No replica can be used.
    pub(super) async fn acquire_from_replica_after(
        &self,
        failed: PooledConnection<Postgres>,
    ) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        let index = self.server_of(&failed);
        if let Some(other) = self.shared.nearest_fresh_replica(index) {
            failed.close();
            return self.server(other)?.pool.acquire().await;
        }
        let server = index.and_then(|index| self.shared.servers.get(index));
        if server.is_some_and(|server| self.shared.is_fresh(server)) {
            return failed.reopen().await;
        }
        failed.close();
        Err(sqlx::Error::PoolTimedOut)
    }
}

impl SharedServers {
    /// Returns the nearest fresh replica, leaving out one that failed.
    pub(super) fn nearest_fresh_replica(&self, failed: Option<usize>) -> Option<usize> {
        if self.servers.iter().all(|server| !server.is_replica) || !self.has_recent_probe() {
            return None;
        }
        let servers = self.servers.iter().enumerate();
        let fresh = servers.filter(|(index, server)| {
            server.is_replica
                && server.may_serve()
                && Some(*index) != failed
                && self.is_fresh(server)
        });
        let nearest = fresh.min_by_key(|(_, server)| server.round_trip.load(Ordering::Relaxed));
        nearest.map(|(index, _)| index)
    }

    /// Returns whether a replica has replayed enough of the log.
    pub(super) fn is_fresh(&self, server: &PostgresServer) -> bool {
        let replayed = server.replayed.load(Ordering::Relaxed);
        let least = self.least_replayed();
        replayed > 0 && least.is_some_and(|least| Duration::from_millis(replayed) >= least)
    }

    /// Returns the time up to which a replica must have replayed the log. `None` if the primary has been lost for too
    /// long.
    ///
    /// Nothing is written while there is no primary. So a replica that was used until a primary was found lags by no
    /// more than `database.max_lag` until that time has passed since, in which the replica follows the new primary.
    fn least_replayed(&self) -> Option<Duration> {
        let now = self.now();
        let before_loss = |lost_from: Duration| {
            let most = self.limits.most_lag(Some(now.saturating_sub(lost_from)))?;
            Some(now.saturating_sub(most))
        };
        // Stored last after a loss, so that a new value comes with the others.
        let seen = Duration::from_millis(self.primary_seen.load(Ordering::Acquire));
        if self.primary_lost.load(Ordering::Acquire) {
            return before_loss(seen);
        }
        let least = now.saturating_sub(self.limits.max_lag);
        let found = Duration::from_millis(self.found.load(Ordering::Relaxed));
        if found.is_zero() || found < least {
            return Some(least);
        }
        let lost_from = Duration::from_millis(self.lost_from.load(Ordering::Relaxed));
        Some(before_loss(lost_from).map_or(least, |before| before.min(least)))
    }
}

#[cfg(test)]
mod tests;

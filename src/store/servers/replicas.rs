//! Reads from replicas, which may only confirm.
//!
//! A replica lags behind the primary, so what it refuses may be out of date: the user may have signed up, logged in
//! again or changed the password a moment ago. Only the primary refuses.

use std::{sync::atomic::Ordering, time::Duration};

use super::{role::ServerRole, shared::SharedServers};
use crate::{
    identity::{Epoch, User, UserAtLogin, UserId},
    store::{Engine, Error, Store},
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
                let nearest = servers.shared.nearest_fresh_replica()?;
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

impl SharedServers {
    fn nearest_fresh_replica(&self) -> Option<usize> {
        if self.servers.iter().all(|server| !server.is_replica) || !self.has_recent_probe() {
            return None;
        }
        let least = self.least_replayed()?;
        let servers = self.servers.iter().enumerate();
        let fresh = servers.filter(|(_, server)| {
            let answers = matches!(server.role.get(), ServerRole::Primary | ServerRole::Replica);
            let replayed = server.replayed.load(Ordering::Relaxed);
            server.is_replica && answers && replayed > 0 && Duration::from_millis(replayed) >= least
        });
        let nearest = fresh.min_by_key(|(_, server)| server.round_trip.load(Ordering::Relaxed));
        nearest.map(|(index, _)| index)
    }

    /// Returns the time up to which a replica must have replayed the log. `None` if the primary has been lost for too
    /// long.
    fn least_replayed(&self) -> Option<Duration> {
        let now = self.now();
        if !self.primary_lost.load(Ordering::Relaxed) {
            return Some(now.saturating_sub(self.max_lag));
        }
        let seen = Duration::from_millis(self.primary_seen.load(Ordering::Relaxed));
        let is_within_grace = now.saturating_sub(seen) <= self.orphan_grace;
        is_within_grace.then(|| seen.saturating_sub(self.max_lag))
    }
}

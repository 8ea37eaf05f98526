//! The state of the PostgreSQL servers, for metrics.

use std::{sync::atomic::Ordering, time::Duration};

use super::{RetryCounts, ServerRole, shared::SharedServers};
use crate::store::{Engine, Store};

/// A PostgreSQL server, as the last probe found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseServer {
    /// The host and the port.
    pub name: String,
    /// The role.
    pub role: ServerRole,
    /// The lag of a server of `database.replicas`, if it is known.
    pub lag: Option<Duration>,
}

/// The state of all PostgreSQL servers. Empty for SQLite.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplicationStatus {
    /// The servers, each once.
    pub servers: Vec<DatabaseServer>,
    /// The time since the primary was lost. Zero if it answers.
    pub orphaned: Duration,
    /// The number of times that another server or timeline became the primary.
    pub promotions: u64,
}

impl Store {
    /// Returns the state of the PostgreSQL servers.
    pub fn replication(&self) -> ReplicationStatus {
        match &self.engine {
            Engine::Sqlite(_) => ReplicationStatus::default(),
            Engine::Postgres(servers) => servers.shared.status(),
            #[cfg(feature = "simulation")]
            Engine::Simulated(servers) => servers.status(),
        }
    }

    /// Returns how many operations were repeated since the start.
    pub fn retries(&self) -> RetryCounts {
        self.retries.read()
    }
}

impl SharedServers {
    /// Returns the state of all servers.
    pub(super) fn status(&self) -> ReplicationStatus {
        let now = self.now();
        let since = |millis: u64| now.saturating_sub(Duration::from_millis(millis));
        let mut listed: Vec<DatabaseServer> = Vec::new();
        for server in &self.servers {
            let replayed = server.replayed.load(Ordering::Relaxed);
            let lag = (server.is_replica && replayed > 0).then(|| since(replayed));
            match listed.iter_mut().find(|it| it.name == server.name) {
                // A server may be named in both settings.
                Some(known) => known.lag = known.lag.or(lag),
                None => listed.push(DatabaseServer {
                    name: server.name.clone(),
                    role: if server.is_deposed.load(Ordering::Relaxed) {
                        ServerRole::Unreachable
                    } else {
                        server.role.get()
                    },
                    lag,
                }),
            }
        }
        let seen = self.primary_seen.load(Ordering::Relaxed);
        let is_lost = self.primary_lost.load(Ordering::Relaxed);
        ReplicationStatus {
            servers: listed,
            orphaned: if is_lost { since(seen) } else { Duration::ZERO },
            promotions: self.promotions.load(Ordering::Relaxed),
        }
    }
}

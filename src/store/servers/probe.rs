//! Probes: once a second each PostgreSQL server is asked for its role and its position in the write-ahead log.

use std::{
    convert::Infallible,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use sqlx::PgConnection;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{
    postgres::PostgresServers,
    probe_answer::ProbeAnswer,
    role::ServerRole,
    shared::{PostgresServer, SharedServers},
};
use crate::store::{Engine, Store, failure::cause};

/// The interval of probes, and the time limit of each.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

impl Store {
    /// Probes the servers of `database.url` before the first operation, if there are several: of two that accept writes, the
    /// one of the earlier timeline must not be used.
    pub async fn depose_former_primaries(&self) {
        let Engine::Postgres(servers) = &self.engine else {
            return;
        };
        let shared = &*servers.shared;
        let (candidates, _) = shared.servers.split_at(shared.candidates);
        if candidates.len() > 1 {
            let mut connections: Vec<_> = candidates.iter().map(|_| None).collect();
            let mut answers = shared.ask_all(candidates, &mut connections).await;
            shared.depose_others(&mut answers, &mut []);
        }
    }

    /// Probes the PostgreSQL servers once a second, for as long as the future is polled. For SQLite it waits forever.
    pub async fn watch_servers(&self) -> Infallible {
        let Engine::Postgres(servers) = &self.engine else {
            return std::future::pending().await;
        };
        let mut connections: Vec<_> = servers.shared.servers.iter().map(|_| None).collect();
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            servers.probe(&mut connections).await;
        }
    }
}

impl PostgresServers {
    /// Probes each server once. Replicas are asked first, so that their positions are older than that of the primary.
    async fn probe(&self, connections: &mut [Option<PgConnection>]) {
        let shared = &*self.shared;
        let split = shared.candidates.min(connections.len());
        let (candidates, replicas) = connections.split_at_mut(split);
        let (of_candidates, of_replicas) = shared.servers.split_at(split.min(shared.servers.len()));
        let from_replicas = shared.ask_all(of_replicas, replicas).await;
        let from_candidates = shared.ask_all(of_candidates, candidates).await;
        shared.observe(from_candidates, from_replicas).await;
        for (server, kept) in shared.servers.iter().zip(connections) {
            if server.is_deposed.load(Ordering::Relaxed) {
                // A proxy may lead a new connection to the primary.
                *kept = None;
            }
        }
        if shared.servers.len() > 1 {
            for server in shared.servers.iter().filter(|server| server.may_serve()) {
                server.pool.warm_up();
            }
        }
    }
}

impl SharedServers {
    async fn ask_all(
        &self,
        servers: &[PostgresServer],
        connections: &mut [Option<PgConnection>],
    ) -> Vec<Option<ProbeAnswer>> {
        let pairs = servers.iter().zip(connections);
        join_all(pairs.map(|(server, kept)| self.ask(server, kept))).await
    }

    /// Asks a server on its own connection, or on one of the pool if there is only one server.
    async fn ask(
        &self,
        server: &PostgresServer,
        kept: &mut Option<PgConnection>,
    ) -> Option<ProbeAnswer> {
        let begun = Instant::now();
        let asked = timeout(INTERVAL, async {
            if self.servers.len() == 1 {
                // The role of the database may be limited to few connections.
                let mut connection = server.pool.acquire().await?;
                let answer = ProbeAnswer::of(connection.get()?).await;
                connection.close_unless(answer.is_ok());
                return answer;
            }
            let connection = match kept {
                Some(connection) => connection,
                None => kept.insert(server.pool.connect_apart().await?),
            };
            ProbeAnswer::of(connection).await
        });
        let answer = match asked.await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                // Before the first round, the start reports the cause.
                let is_watched = self.probed.load(Ordering::Relaxed) > 0;
                let is_lost = server.role.get() != ServerRole::Unreachable;
                if is_watched && is_lost && server.logs_role {
                    let (server, cause) = (server.name.as_str(), cause(&error));
                    tracing::warn!(server, cause, "a database server cannot be probed");
                }
                None
            }
            Err(_) => None,
        };
        if answer.is_none() {
            *kept = None;
        }
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let before = server.round_trip.load(Ordering::Relaxed);
        let smoothed = if before == 0 {
            micros
        } else {
            before / 8 * 7 + micros / 8
        };
        server.round_trip.store(smoothed, Ordering::Relaxed);
        answer
    }
}

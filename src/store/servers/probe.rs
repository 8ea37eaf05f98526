//! Probes: once a second each PostgreSQL server is asked for its role and its position in the write-ahead log.

use std::{
    convert::Infallible,
    sync::{PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use sqlx::{ConnectOptions, PgConnection};
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::{
    freshness::Replayed,
    lineage::PrimaryHistory,
    postgres::PostgresServers,
    probe_answer::{ProbeAnswer, depose_earlier},
    role::ServerRole,
    shared::{PostgresServer, SharedServers},
};
use crate::store::{Engine, Store};

/// The interval of probes, and the time limit of each.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

impl Store {
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
        let mut from_replicas = shared.ask_all(of_replicas, replicas).await;
        let mut from_candidates = shared.ask_all(of_candidates, candidates).await;
        shared.depose_earlier(&mut from_candidates, &mut from_replicas);
        for (server, answer) in of_candidates.iter().zip(&from_candidates) {
            server.set_role(answer.as_ref());
        }
        let is_noted = shared.note_primary(&from_candidates, &from_replicas);
        for (server, answer) in of_replicas.iter().zip(&from_replicas) {
            server.set_role(answer.as_ref());
            server.check_schema().await;
            shared.set_replayed(server, answer.as_ref(), is_noted);
        }
        let now = u64::try_from(shared.now().as_millis()).unwrap_or(u64::MAX);
        shared.probed.store(now.max(1), Ordering::Relaxed);
    }
}

impl SharedServers {
    fn depose_earlier(
        &self,
        candidates: &mut [Option<ProbeAnswer>],
        replicas: &mut [Option<ProbeAnswer>],
    ) {
        let mut answers: Vec<_> = candidates.iter_mut().chain(replicas).collect();
        for index in depose_earlier(&mut answers) {
            let server = self.servers.get(index);
            let server = server.filter(|server| server.role.get() != ServerRole::Replica);
            if let Some(server) = server {
                let server = server.name.as_str();
                tracing::error!(
                    server,
                    "a server accepts writes on an earlier timeline than another one and is not used: stop it, and \
                     rebuild it as a replica"
                );
            }
        }
    }

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
                None => kept.insert(server.pool.pool().connect_options().connect().await?),
            };
            ProbeAnswer::of(connection).await
        });
        let answer = asked.await.ok().and_then(Result::ok);
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

    /// Notes the position of the primary. Returns whether it answered.
    fn note_primary(
        &self,
        candidates: &[Option<ProbeAnswer>],
        replicas: &[Option<ProbeAnswer>],
    ) -> bool {
        let now = self.now();
        let primary = |(index, answer): (usize, &Option<ProbeAnswer>)| {
            let answer = answer.as_ref()?;
            let server = self.servers.get(index)?;
            let history = PrimaryHistory {
                server: server.name.clone(),
                lineage: answer.lineage(),
            };
            (answer.role == ServerRole::Primary).then_some((history, answer.position))
        };
        let mut answers = candidates.iter().chain(replicas).enumerate();
        let Some((primary, position)) = answers.find_map(primary) else {
            let was_lost = self.primary_lost.swap(true, Ordering::Relaxed);
            if !was_lost {
                tracing::error!("no database server accepts writes");
            }
            return false;
        };
        let server = primary.server.clone();
        let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.primary_seen.store(millis, Ordering::Relaxed);
        if self.primary_lost.swap(false, Ordering::Relaxed) {
            tracing::info!(server, "a database server accepts writes again");
        }
        let mut freshness = self
            .freshness
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if freshness.note(now, position.unwrap_or_default(), primary) {
            self.promotions.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(
                server,
                "another database server or timeline became the primary. If the last commits of the former one are \
                 lost, ended sessions of that time are valid again: run `signet users logout --all`"
            );
        }
        position.is_some()
    }

    fn set_replayed(&self, server: &PostgresServer, answer: Option<&ProbeAnswer>, is_noted: bool) {
        let Some((answer, position)) = answer.and_then(|it| Some((it, it.position?))) else {
            // A server that does not answer is not used. Its lag grows from the last answer.
            return;
        };
        let has_schema = server.has_schema.load(Ordering::Relaxed);
        let freshness = self
            .freshness
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let follows = freshness.is_followed_by(&answer.lineage());
        let replayed = match freshness.replayed(position, is_noted) {
            Replayed::Until(at) if follows && has_schema => {
                u64::try_from(at.as_millis()).unwrap_or(u64::MAX).max(1)
            }
            Replayed::TooLittle if follows && has_schema => return,
            _ => 0,
        };
        server.replayed.store(replayed, Ordering::Relaxed);
        let was_refused = server.is_refused.swap(replayed == 0, Ordering::Relaxed);
        if replayed == 0 && !was_refused {
            let server = server.name.as_str();
            tracing::warn!(
                server,
                "a replica is not used: it has another schema, cluster, database or timeline than the primary. After a \
                 promotion it is used from its next restart point; otherwise rebuild it, or correct database.replicas"
            );
        }
    }
}

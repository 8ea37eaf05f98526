//! The roles, the schemas and the positions that probes find at servers.

use std::sync::{MutexGuard, PoisonError, atomic::Ordering};

use tokio::time::timeout;

use super::{
    freshness::{NotedPositions, Replayed},
    lineage::{Lineage, PrimaryHistory},
    probe::INTERVAL,
    probe_answer::{Deposition, ProbeAnswer, depose},
    role::ServerRole,
    shared::{PostgresServer, SharedServers},
};
use crate::store::schema;

impl PostgresServer {
    /// Sets the role that a probe has found.
    pub(super) fn set_role(&self, answer: Option<&ProbeAnswer>) {
        let role = answer.map_or(ServerRole::Unreachable, |answer| answer.role);
        let before = self.role.replace(role);
        if before == role {
            return;
        }
        if role != ServerRole::Primary && !self.is_replica {
            // Sessions from before may still answer, with the data of a server that lost its role.
            self.pool.close_opened_before_now();
        }
        if !self.logs_role {
            return;
        }
        let server = self.name.as_str();
        match (before, role) {
            (_, ServerRole::Unreachable) => {
                tracing::warn!(server, "a database server does not answer");
            }
            (ServerRole::Unknown, _) => {}
            _ => tracing::info!(
                server,
                role = role.as_str(),
                "a database server changed its role"
            ),
        }
    }

    /// Compares the schema of a server that answers, until it is that of this program.
    pub(super) async fn check_schema(&self) {
        if self.role.get() == ServerRole::Unreachable {
            // The server that comes back may be another one.
            self.has_schema.store(false, Ordering::Relaxed);
        } else if !self.has_schema.load(Ordering::Relaxed) {
            let compared = timeout(INTERVAL, schema::is_ready(&self.pool)).await;
            let is_ready = matches!(compared, Ok(Ok(true)));
            self.has_schema.store(is_ready, Ordering::Relaxed);
        }
    }
}

impl SharedServers {
    /// Takes in the answers of one round of probes.
    pub(super) async fn observe(
        &self,
        mut from_candidates: Vec<Option<ProbeAnswer>>,
        mut from_replicas: Vec<Option<ProbeAnswer>>,
    ) {
        let deposed = self.depose_others(&mut from_candidates, &mut from_replicas);
        let (candidates, replicas) = self.servers.split_at(self.candidates);
        for (server, answer) in candidates.iter().zip(&from_candidates) {
            server.set_role(answer.as_ref());
        }
        let is_noted = self.note_primary(&from_candidates, &from_replicas);
        self.freshness().forget_former(&deposed);
        for (server, answer) in replicas.iter().zip(&from_replicas) {
            server.set_role(answer.as_ref());
            server.check_schema().await;
            self.set_replayed(server, answer.as_ref(), is_noted);
        }
        let now = u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX);
        self.probed.store(now.max(1), Ordering::Relaxed);
    }

    /// Marks the servers that accept writes on an earlier timeline than another one, or in another cluster. Returns the
    /// histories that they write.
    pub(super) fn depose_others(
        &self,
        candidates: &mut [Option<ProbeAnswer>],
        replicas: &mut [Option<ProbeAnswer>],
    ) -> Vec<Lineage> {
        let mut answers: Vec<_> = candidates.iter_mut().chain(replicas).collect();
        let is_single = self.candidates == 1;
        let deposed = depose(&mut answers, self.freshness().lineage(), is_single);
        let mut lineages = vec![];
        for (index, (server, answer)) in self.servers.iter().zip(answers).enumerate() {
            let Some(answer) = answer else {
                continue;
            };
            let deposition = deposed.iter().find(|(it, _)| *it == index);
            let was_deposed = server
                .is_deposed
                .swap(deposition.is_some(), Ordering::Relaxed);
            let Some((_, deposition)) = deposition else {
                continue;
            };
            // The server does not follow the promotion.
            lineages.push(answer.lineage());
            server.replayed.store(0, Ordering::Relaxed);
            if !was_deposed && server.logs_role {
                let server = server.name.as_str();
                match deposition {
                    Deposition::EarlierTimeline => tracing::error!(
                        server,
                        "a server accepts writes on an earlier timeline than another one and is not used: stop it, and \
                         rebuild it as a replica. If it was restored from a backup to replace the others, restart Signet"
                    ),
                    Deposition::OtherCluster => tracing::error!(
                        server,
                        "a server belongs to another cluster or database than the primary and is not used: correct \
                         database.url. If the cluster was replaced, restart Signet"
                    ),
                }
            }
        }
        lineages
    }

    fn freshness(&self) -> MutexGuard<'_, NotedPositions> {
        self.freshness
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
        let is_found = self.primary_lost.load(Ordering::Relaxed);
        if is_found {
            let lost_from = self.primary_seen.load(Ordering::Relaxed);
            self.lost_from.store(lost_from, Ordering::Relaxed);
            self.found.store(millis, Ordering::Relaxed);
            self.primary_lost.store(false, Ordering::Release);
            tracing::info!(server, "a database server accepts writes again");
        }
        self.primary_seen.store(millis, Ordering::Release);
        let position_now = position.unwrap_or_default();
        let is_promotion = self.freshness().note(now, position_now, primary, is_found);
        if is_promotion {
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
        let freshness = self.freshness();
        let lineage = answer.lineage();
        let follows = freshness.is_followed_by(&lineage);
        let replayed = match freshness.replayed(position, is_noted) {
            Replayed::Until(at) if follows && has_schema => {
                u64::try_from(at.as_millis()).unwrap_or(u64::MAX).max(1)
            }
            Replayed::TooLittle if follows && has_schema => return,
            // The replica has not followed a promotion yet. Its lag grows.
            Replayed::Until(_) | Replayed::TooLittle
                if has_schema && freshness.is_preceded_by(&lineage) && self.is_fresh(server) =>
            {
                return;
            }
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

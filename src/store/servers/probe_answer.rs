//! The answer of a PostgreSQL server to a probe.

use sqlx::PgConnection;

use super::{
    freshness::{Position, parse_position},
    lineage::Lineage,
    role::ServerRole,
    session_kind::READ_ONLY,
};
use crate::store::{failure::is_unsupported, unprepared::text};

/// Returns whether the session is read-only, the position in the log, the timeline, the identifier of the cluster and the
/// name of the database. The timeline of a replica may lag until its next restart point.
const STATE: &str = "\
    SELECT concat_ws(' ', current_setting('transaction_read_only'), \
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, \
        CASE WHEN pg_is_in_recovery() \
            THEN (SELECT greatest(timeline_id, min_recovery_end_timeline) \
                FROM pg_control_checkpoint(), pg_control_recovery()) \
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END, \
        (SELECT system_identifier FROM pg_control_system()), current_database())";

/// The answer of a server.
#[derive(Debug)]
pub(super) struct ProbeAnswer {
    pub(super) role: ServerRole,
    pub(super) position: Option<Position>,
    pub(super) timeline: Option<u32>,
    /// The identifier of the cluster and the name of the database.
    pub(super) cluster: String,
}

impl ProbeAnswer {
    /// Asks a server.
    ///
    /// # Errors
    /// The connection fails, or the server does not answer the question.
    pub(super) async fn of(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let state = match text(connection, STATE).await {
            Err(error) if is_unsupported(&error) => text(connection, READ_ONLY).await?,
            state => state?,
        };
        let mut words = state.split(' ');
        let is_read_only = words.next() == Some("on");
        Ok(Self {
            role: if is_read_only {
                ServerRole::Replica
            } else {
                ServerRole::Primary
            },
            position: words.next().and_then(parse_position),
            timeline: words.next().and_then(|text| text.parse().ok()),
            cluster: words.collect::<Vec<_>>().join(" "),
        })
    }

    /// Returns the timeline and the cluster of the server.
    pub(super) fn lineage(&self) -> Lineage {
        Lineage {
            timeline: self.timeline,
            cluster: self.cluster.clone(),
        }
    }
}

/// The reason why a server that accepts writes is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deposition {
    /// Another server was promoted, and what this one accepts is lost.
    EarlierTimeline,
    /// The server belongs to another cluster or database than the primary.
    OtherCluster,
}

/// Takes the role of a primary from servers of an earlier timeline than another primary has or the last one had, and from
/// those of another cluster: that of the last primary counts, or else that of the first one. Returns the indexes of these
/// servers. A single server of `database.url` may change its cluster, as an upgrade does.
pub(super) fn depose(
    answers: &mut [&mut Option<ProbeAnswer>],
    last: Option<&Lineage>,
    is_single: bool,
) -> Vec<(usize, Deposition)> {
    let primaries = answers.iter().filter_map(|answer| answer.as_ref());
    let primaries = primaries.filter(|answer| answer.role == ServerRole::Primary);
    let single = answers.first().and_then(|answer| answer.as_ref());
    let single = single.filter(|answer| is_single && answer.role == ServerRole::Primary);
    let last = last.filter(|last| single.is_none_or(|single| single.cluster == last.cluster));
    let first = primaries.clone().next().map(ProbeAnswer::lineage);
    let Some(Lineage { cluster, .. }) = last.cloned().or(first) else {
        return vec![];
    };
    // Some engines do not tell their cluster.
    let is_other = |answer: &ProbeAnswer| {
        !cluster.is_empty() && !answer.cluster.is_empty() && answer.cluster != cluster
    };
    let of_cluster = primaries.filter(|answer| !is_other(answer));
    let latest = of_cluster.filter_map(|answer| answer.timeline).max();
    let latest = latest.max(last.and_then(|last| last.timeline));
    let mut deposed = vec![];
    for (index, answer) in answers.iter_mut().enumerate() {
        let Some(answer) = answer.as_mut().filter(|it| it.role == ServerRole::Primary) else {
            continue;
        };
        let deposition = if is_other(answer) {
            Deposition::OtherCluster
        } else if answer.timeline.is_some() && answer.timeline < latest {
            Deposition::EarlierTimeline
        } else {
            continue;
        };
        answer.role = ServerRole::Replica;
        deposed.push((index, deposition));
    }
    deposed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn primary(timeline: Option<u32>) -> ProbeAnswer {
        ProbeAnswer {
            role: ServerRole::Primary,
            position: None,
            timeline,
            cluster: "one".to_owned(),
        }
    }

    #[test]
    fn earlier_timeline_is_deposed_while_the_primary_does_not_answer() {
        for (cluster, is_single, deposed) in [
            ("one", true, vec![(0, Deposition::EarlierTimeline)]),
            ("one", false, vec![(0, Deposition::EarlierTimeline)]),
            ("other", true, vec![]),
            ("other", false, vec![(0, Deposition::OtherCluster)]),
        ] {
            let last = Lineage {
                timeline: Some(2),
                cluster: cluster.to_owned(),
            };
            let mut answers = [Some(primary(Some(1))), None];
            let mut all: Vec<_> = answers.iter_mut().collect();
            assert_eq!(depose(&mut all, Some(&last), is_single), deposed);
        }
    }

    #[test]
    fn replica_of_another_cluster_does_not_take_over_from_a_single_server() {
        let own = Lineage {
            timeline: Some(3),
            cluster: "own".to_owned(),
        };
        let mut answers = [None, Some(primary(Some(4)))];
        let mut all: Vec<_> = answers.iter_mut().collect();
        let deposed = depose(&mut all, Some(&own), true);
        assert_eq!(deposed, [(1, Deposition::OtherCluster)]);
    }

    #[test]
    fn server_of_another_cluster_never_takes_over() {
        let foreign = || ProbeAnswer {
            cluster: "other".to_owned(),
            ..primary(Some(4))
        };
        let own = Lineage {
            timeline: Some(3),
            cluster: "one".to_owned(),
        };
        let mut untold = primary(Some(3));
        untold.cluster.clear();
        let mut answers = [Some(untold), None];
        let mut all: Vec<_> = answers.iter_mut().collect();
        assert_eq!(depose(&mut all, Some(&own), false), []);
        for last in [None, Some(&own)] {
            let mut answers = [Some(primary(Some(3))), Some(foreign())];
            let mut all: Vec<_> = answers.iter_mut().collect();
            let deposed = depose(&mut all, last, false);
            assert_eq!(deposed, [(1, Deposition::OtherCluster)]);
            assert_eq!(answers[0].as_ref().unwrap().role, ServerRole::Primary);
        }
    }

    #[test]
    fn primary_of_the_latest_timeline_is_the_primary() {
        let primary = |timeline| Some(primary(timeline));
        let mut answers = [primary(Some(1)), None, primary(Some(2)), primary(None)];
        let mut all: Vec<_> = answers.iter_mut().collect();
        let deposed = depose(&mut all, None, false);
        assert_eq!(deposed, [(0, Deposition::EarlierTimeline)]);
        let roles = answers.map(|answer| answer.map(|answer| answer.role));
        let [first, _, third, last] = roles;
        assert_eq!(first, Some(ServerRole::Replica));
        assert_eq!(
            (third, last),
            (Some(ServerRole::Primary), Some(ServerRole::Primary))
        );
    }
}

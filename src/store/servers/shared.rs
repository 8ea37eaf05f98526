//! The PostgreSQL servers of one database and what is known of them.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::Postgres;

use super::{
    freshness::NotedPositions,
    replica_limits::ReplicaLimits,
    role::{ServerRole, SharedRole},
};
use crate::{config::TargetSessionAttrs, store::connections::WarmPool};

/// The time for which the result of a probe counts.
const PROBE_VALIDITY: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct SharedServers {
    /// The servers of `database.url`, and after them those of `database.replicas`.
    pub(super) servers: Vec<PostgresServer>,
    /// The number of servers of `database.url`.
    pub(super) candidates: usize,
    pub(super) target: TargetSessionAttrs,
    pub(super) limits: ReplicaLimits,
    /// The start of all times below.
    pub(super) started: Instant,
    /// The index of the candidate that operations use.
    pub(super) current: AtomicUsize,
    /// The time of the last round of probes in milliseconds. 0 before the first round.
    pub(super) probed: AtomicU64,
    /// The time when the primary last answered, in milliseconds.
    pub(super) primary_seen: AtomicU64,
    pub(super) primary_lost: AtomicBool,
    /// The time when the primary last answered before its last loss, in milliseconds.
    pub(super) lost_from: AtomicU64,
    /// The time when a primary was found after the last loss, in milliseconds. 0 before the first one.
    pub(super) found: AtomicU64,
    pub(super) promotions: AtomicU64,
    pub(super) freshness: Mutex<NotedPositions>,
}

#[derive(Debug)]
pub(in crate::store) struct PostgresServer {
    /// The host and the port.
    pub(super) name: String,
    pub(super) pool: WarmPool<Postgres>,
    pub(super) role: SharedRole,
    /// Set if changes of the role are logged. A server of both settings logs them for its entry of `database.url` alone.
    pub(super) logs_role: bool,
    /// True if `database.replicas` names the server.
    pub(super) is_replica: bool,
    /// The time up to which the server has replayed the log of the primary, in milliseconds. 0 if that is unknown.
    pub(super) replayed: AtomicU64,
    /// The round-trip time of probes in microseconds.
    pub(super) round_trip: AtomicU64,
    /// True once the schema of a replica was found to be that of this program.
    pub(super) has_schema: AtomicBool,
    /// True while the server accepts writes on an earlier timeline than the primary, which only a probe can tell.
    pub(super) is_deposed: AtomicBool,
    /// True while the server does not follow the primary.
    pub(super) is_refused: AtomicBool,
}

impl PostgresServer {
    pub(in crate::store) fn new(name: String, pool: WarmPool<Postgres>, is_replica: bool) -> Self {
        Self {
            name,
            pool,
            role: SharedRole::new(),
            logs_role: true,
            is_replica,
            replayed: AtomicU64::new(0),
            round_trip: AtomicU64::new(0),
            has_schema: AtomicBool::new(false),
            is_deposed: AtomicBool::new(false),
            is_refused: AtomicBool::new(false),
        }
    }

    /// Returns whether operations may use the server.
    pub(super) fn may_serve(&self) -> bool {
        match self.role.get() {
            ServerRole::Primary => true,
            ServerRole::Replica => self.is_replica,
            ServerRole::Unknown | ServerRole::Unreachable => false,
        }
    }
}

/// The settings of all servers.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct ServerSettings {
    pub(in crate::store) target: TargetSessionAttrs,
    pub(in crate::store) replicas: ReplicaLimits,
}

impl SharedServers {
    /// Creates the servers of one database: the first `candidates` are those of `database.url`.
    pub(super) fn new(
        mut servers: Vec<PostgresServer>,
        candidates: usize,
        settings: ServerSettings,
    ) -> Self {
        let (named_first, replicas) = servers.split_at_mut(candidates);
        for replica in replicas {
            replica.logs_role = !named_first.iter().any(|it| it.name == replica.name);
        }
        Self {
            servers,
            candidates,
            target: settings.target,
            limits: settings.replicas,
            started: Instant::now(),
            current: AtomicUsize::new(0),
            probed: AtomicU64::new(0),
            primary_seen: AtomicU64::new(0),
            primary_lost: AtomicBool::new(false),
            lost_from: AtomicU64::new(0),
            found: AtomicU64::new(0),
            promotions: AtomicU64::new(0),
            freshness: Mutex::default(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns whether the roles of the servers are known from probes.
    pub(super) fn has_recent_probe(&self) -> bool {
        let probed = Duration::from_millis(self.probed.load(Ordering::Relaxed));
        !probed.is_zero() && self.now().saturating_sub(probed) < PROBE_VALIDITY
    }
}

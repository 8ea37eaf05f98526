//! The operations of one node on the simulated database.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};

use super::{
    SimulatedSettings,
    database::SimulatedDatabase,
    network::{
        OperationPlan, SimulatedFault, SimulatedNetwork, SimulatedOperation, SimulatedServer,
    },
    tables::SimulatedTables,
};
use crate::store::{Error, ReplicationStatus, operation::TransactionEnd, servers::ReplicaLimits};

/// A handle of one node to the primary, or to a replica.
#[derive(Debug, Clone)]
pub(in crate::store) struct SimulatedServers {
    database: SimulatedDatabase,
    network: Arc<dyn SimulatedNetwork>,
    settings: SimulatedSettings,
    replica: Option<ChosenReplica>,
    seen: Arc<SeenPrimary>,
}

/// The primaries that a node has seen.
#[derive(Debug)]
struct SeenPrimary {
    timeline: AtomicU64,
    /// The number of times that another timeline was found.
    promotions: AtomicU64,
}

/// A replica that was fresh enough when it was chosen.
#[derive(Debug, Clone, Copy)]
struct ChosenReplica {
    /// The moment of the state that the replica had then. It never returns to an earlier one.
    replayed: Option<Instant>,
}

impl SimulatedServers {
    /// Creates a handle to the primary.
    pub(super) fn new(
        database: &SimulatedDatabase,
        network: Arc<dyn SimulatedNetwork>,
        settings: SimulatedSettings,
    ) -> Self {
        Self {
            database: database.clone(),
            network,
            settings,
            replica: None,
            seen: Arc::new(SeenPrimary {
                timeline: AtomicU64::new(database.timeline()),
                promotions: AtomicU64::new(0),
            }),
        }
    }

    /// Returns the state of the servers. Their names and lags are unknown.
    pub(in crate::store) fn status(&self) -> ReplicationStatus {
        ReplicationStatus {
            servers: Vec::new(),
            orphaned: self.network.primary_lost_for().unwrap_or_default(),
            promotions: self.seen.promotions.load(Ordering::Relaxed),
        }
    }

    /// Returns a handle to the nearest replica if it is fresh enough ([`ReplicaLimits::most_lag`]).
    pub(in crate::store) fn fresh_replica(&self) -> Option<Self> {
        let lag = self.network.replica_lag()?;
        let limits = ReplicaLimits {
            max_lag: self.settings.max_lag,
            orphan_grace: self.settings.orphan_grace,
        };
        let most = limits.most_lag(self.network.primary_lost_for())?;
        (lag <= most).then(|| Self {
            replica: Some(ChosenReplica {
                replayed: Instant::now().checked_sub(lag),
            }),
            ..self.clone()
        })
    }

    /// Runs a read.
    ///
    /// # Errors
    /// The network fails, or the operation takes too long.
    pub(in crate::store) async fn read<T>(
        &self,
        body: impl FnOnce(&SimulatedTables) -> T,
    ) -> Result<T, Error> {
        let server = match self.replica {
            None => SimulatedServer::Primary,
            Some(_) => SimulatedServer::Replica,
        };
        self.run(SimulatedOperation::Read(server), || {
            let tables = match self.replica {
                None => self.database.committed(),
                Some(replica) => self.replayed(replica)?,
            };
            Ok(body(&tables))
        })
        .await
    }

    /// Runs one statement that changes rows.
    ///
    /// # Errors
    /// The network fails, or the operation takes too long.
    pub(in crate::store) async fn change<T>(
        &self,
        body: impl FnOnce(&mut SimulatedTables) -> T,
    ) -> Result<T, Error> {
        self.transaction(|tables| Ok(TransactionEnd::Commit(body(tables))))
            .await
    }

    /// Runs a transaction, which is atomic: no other operation takes effect in between.
    ///
    /// # Errors
    /// The error of the body, which rolls the transaction back. The network fails, or the operation takes too long.
    pub(in crate::store) async fn transaction<T>(
        &self,
        body: impl FnOnce(&mut SimulatedTables) -> Result<TransactionEnd<T>, sqlx::Error>,
    ) -> Result<T, Error> {
        if self.replica.is_some() {
            let refused = io::Error::other("a replica accepts no changes");
            return Err(sqlx::Error::Io(refused).into());
        }
        self.run(SimulatedOperation::Change, || {
            self.database.change(|tables| match body(tables) {
                Ok(TransactionEnd::Commit(done)) => (Ok(done), true),
                Ok(TransactionEnd::Rollback(done)) => (Ok(done), false),
                Err(error) => (Err(error), false),
            })
        })
        .await
    }

    /// Notes the timeline of the primary, which answers.
    fn note_primary(&self) {
        let timeline = self.database.timeline();
        if self.seen.timeline.swap(timeline, Ordering::Relaxed) != timeline {
            self.seen.promotions.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the rows that a replica has now.
    fn replayed(&self, replica: ChosenReplica) -> Result<Arc<SimulatedTables>, sqlx::Error> {
        let lag = self.network.replica_lag().ok_or_else(broken)?;
        let now = Instant::now().checked_sub(lag);
        Ok(self.database.at(now.max(replica.replayed)))
    }

    /// Runs an operation as the network plans it, within `database.timeout`. A caller that stops waiting before the
    /// effect prevents it.
    async fn run<T>(
        &self,
        operation: SimulatedOperation,
        effect: impl FnOnce() -> Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let OperationPlan {
            before,
            after,
            fault,
        } = self.network.plan(operation);
        let timeline = self.database.timeline();
        let work = async {
            pause(before).await;
            if fault == Some(SimulatedFault::BeforeEffect) {
                return Err(broken());
            }
            if self.replica.is_none() {
                self.note_primary();
                if self.database.timeline() != timeline {
                    return Err(broken());
                }
            }
            let answer = effect();
            pause(after).await;
            if fault == Some(SimulatedFault::AfterEffect) {
                return Err(broken());
            }
            answer
        };
        let done = timeout(self.settings.timeout, work).await;
        Ok(done.map_err(|_| Error::TimedOut)??)
    }
}

/// Waits for that time. No time does not yield.
async fn pause(time: Duration) {
    if !time.is_zero() {
        sleep(time).await;
    }
}

/// The error of a broken connection.
fn broken() -> sqlx::Error {
    sqlx::Error::Io(io::ErrorKind::ConnectionReset.into())
}

//! A database in memory for simulations, behind the same operations as SQLite and PostgreSQL.
//!
//! Every operation takes effect at one moment. A [`SimulatedNetwork`] delays and fails it, and says how far a replica lags.
//! [`SimulatedDatabase::promote`] loses the last changes.
//! All waits are those of tokio, so a runtime with paused time runs through them without waiting. Where the engines differ
//! (letter case in `LIKE`), the answers are those of PostgreSQL.
//!
//! Not simulated are SQL and isolation levels (each operation is atomic), replicas that do not follow a promotion, more than
//! one replica for a node, connection pools, retries and threads. The worlds of `tests/it/simulation` have no coordination,
//! providers, passkeys and imports either. `tests/it/store/simulated` compares this database with both engines, and
//! `tests/cluster/run` tests real failovers.

mod accounts;
mod changes;
mod database;
mod factors;
mod like;
mod links;
mod network;
mod passkeys;
mod servers;
mod tables;
mod users;

use std::{sync::Arc, time::Duration};

pub(super) use self::servers::SimulatedServers;
pub use self::{
    database::SimulatedDatabase,
    network::{
        OperationPlan, SimulatedFault, SimulatedNetwork, SimulatedOperation, SimulatedServer,
    },
    tables::{SimulatedTables, StoredAccount, StoredCredential},
};
use super::{Engine, Store, StoreMetrics};

/// The limits of a node that uses a simulated database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimulatedSettings {
    /// The longest time of an operation: `database.timeout`.
    pub timeout: Duration,
    /// The largest lag of a replica that is used: `database.max_lag`.
    pub max_lag: Duration,
    /// The time for which replicas are used after the primary was lost: `database.orphan_grace`.
    pub orphan_grace: Duration,
}

impl Store {
    /// Creates the store of one node, which reaches the database through `network`. The schema is current.
    pub fn simulated(
        database: &SimulatedDatabase,
        network: Arc<dyn SimulatedNetwork>,
        settings: SimulatedSettings,
    ) -> Self {
        Self {
            engine: Engine::Simulated(SimulatedServers::new(database, network, settings)),
            timeout: settings.timeout,
            metrics: StoreMetrics::default(),
            retries: Arc::default(),
            passkeys: None,
        }
    }
}

#[cfg(test)]
mod tests;

//! The servers that an operation may use: one SQLite file, or the PostgreSQL servers of one database.

mod candidates;
mod freshness;
mod lineage;
mod observed;
mod postgres;
mod probe;
mod probe_answer;
mod replica_limits;
mod replicas;
mod retries;
mod role;
mod session_kind;
mod shared;
mod status;

use sqlx::Sqlite;

pub(super) use self::{
    postgres::{OtherServer, PostgresServers},
    replica_limits::ReplicaLimits,
    retries::{Retries, RetryCounters},
    session_kind::READ_ONLY,
    shared::{PostgresServer, ServerSettings},
};
pub use self::{
    retries::RetryCounts,
    role::ServerRole,
    status::{DatabaseServer, ReplicationStatus},
};
use super::{
    Error,
    connections::{Driver, PooledConnection, WarmPool},
};

/// The servers of one database.
pub(super) trait Servers {
    /// The engine.
    type Db: Driver;

    /// Checks before a read that the database is still the opened one.
    fn check_cached(&self) -> impl Future<Output = Result<(), Error>> + Send;

    /// Checks the same before a change, and again before the change is acknowledged.
    fn check(&self) -> impl Future<Output = Result<(), Error>> + Send;

    /// Returns a connection to the server that operations use now.
    ///
    /// # Errors
    /// No server can be used.
    fn acquire(
        &self,
    ) -> impl Future<Output = Result<PooledConnection<Self::Db>, sqlx::Error>> + Send;

    /// Closes a connection that failed, and returns one to another server, or a new one to the same server.
    ///
    /// # Errors
    /// No server can be used.
    fn acquire_after(
        &self,
        failed: PooledConnection<Self::Db>,
    ) -> impl Future<Output = Result<PooledConnection<Self::Db>, sqlx::Error>> + Send;

    /// Notes that the server of a connection failed, or refused to write.
    fn suspect(&self, failed: &PooledConnection<Self::Db>, refuses_writes: bool);

    /// Returns whether an operation that failed on one server may use another one.
    fn has_others(&self) -> bool;
}

impl Servers for WarmPool<Sqlite> {
    type Db = Sqlite;

    async fn check_cached(&self) -> Result<(), Error> {
        self.check_file_cached().await
    }

    async fn check(&self) -> Result<(), Error> {
        self.check_file().await
    }

    async fn acquire(&self) -> Result<PooledConnection<Sqlite>, sqlx::Error> {
        Self::acquire(self).await
    }

    async fn acquire_after(
        &self,
        failed: PooledConnection<Sqlite>,
    ) -> Result<PooledConnection<Sqlite>, sqlx::Error> {
        failed.reopen().await
    }

    fn suspect(&self, _: &PooledConnection<Sqlite>, _: bool) {}

    fn has_others(&self) -> bool {
        false
    }
}

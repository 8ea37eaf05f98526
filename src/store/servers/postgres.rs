//! The choice of a PostgreSQL server for an operation.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use sqlx::Postgres;

use super::{
    Servers,
    role::ServerRole,
    session_kind::is_session_of,
    shared::{PostgresServer, ServerSettings, SharedServers},
};
use crate::{
    config::TargetSessionAttrs,
    store::{
        Error,
        connections::{PooledConnection, WarmPool},
    },
};

/// A server beside the one that accepts writes.
pub(in crate::store) struct OtherServer<'s> {
    /// The setting that names the server.
    pub(in crate::store) setting: &'static str,
    /// The host and the port.
    pub(in crate::store) name: &'s str,
    pub(in crate::store) pool: &'s WarmPool<Postgres>,
    /// The server accepts writes and is not used.
    pub(in crate::store) is_deposed: bool,
}

/// A handle to the PostgreSQL servers of one database that is cheap to clone. It uses the primary, or one replica.
#[derive(Debug, Clone)]
pub(in crate::store) struct PostgresServers {
    pub(super) shared: Arc<SharedServers>,
    /// The index of the replica that this handle reads.
    pub(super) replica: Option<usize>,
}

impl PostgresServers {
    /// Creates a handle that uses the primary.
    pub(in crate::store) fn new(
        servers: Vec<PostgresServer>,
        candidates: usize,
        settings: ServerSettings,
    ) -> Self {
        Self {
            shared: Arc::new(SharedServers::new(servers, candidates, settings)),
            replica: None,
        }
    }

    /// The pools of all servers.
    pub(in crate::store) fn pools(&self) -> impl Iterator<Item = &WarmPool<Postgres>> {
        self.shared.servers.iter().map(|server| &server.pool)
    }

    /// Returns whether there is more than one server.
    pub(in crate::store) fn has_several(&self) -> bool {
        self.shared.servers.len() > 1
    }

    /// Returns whether `database.replicas` names a server.
    pub(in crate::store) fn has_replicas(&self) -> bool {
        self.shared.servers.iter().any(|server| server.is_replica)
    }

    /// Returns each server apart from the one of this pool, once if both settings name it.
    pub(in crate::store) fn others(&self, pool: &WarmPool<Postgres>) -> Vec<OtherServer<'_>> {
        let servers = &self.shared.servers;
        let used = servers.iter().find(|server| server.pool.is(pool));
        let mut names: Vec<_> = used.map(|used| used.name.as_str()).into_iter().collect();
        let mut others = vec![];
        for server in servers {
            if names.contains(&server.name.as_str()) {
                continue;
            }
            names.push(&server.name);
            others.push(OtherServer {
                setting: if server.is_replica {
                    "database.replicas"
                } else {
                    "database.url"
                },
                name: &server.name,
                pool: &server.pool,
                is_deposed: server.is_deposed.load(Ordering::Relaxed),
            });
        }
        others
    }

    /// Returns the pool of the only server, or of the one that accepts writes.
    ///
    /// # Errors
    /// No server can be used.
    pub(in crate::store) async fn primary(&self) -> Result<&WarmPool<Postgres>, sqlx::Error> {
        if let [only, ..] = self.shared.servers.as_slice()
            && self.shared.candidates == 1
        {
            // The caller opens a connection, whose error says more than that of a pool.
            return Ok(&only.pool);
        }
        let connection = self.acquire().await?;
        let server = self.server_of(&connection).unwrap_or_default();
        connection.release();
        Ok(&self.server(server)?.pool)
    }

    pub(super) fn server_of(&self, connection: &PooledConnection<Postgres>) -> Option<usize> {
        let mut servers = self.shared.servers.iter();
        servers.position(|server| connection.is_of(&server.pool))
    }

    /// Returns a server by its index.
    ///
    /// # Errors
    /// There is no such server.
    pub(super) fn server(&self, index: usize) -> Result<&PostgresServer, sqlx::Error> {
        let server = self.shared.servers.get(index);
        server.ok_or(sqlx::Error::PoolClosed)
    }

    /// Returns a connection to a server. One that was just opened is asked whether it is a session of the wanted kind.
    pub(super) async fn acquire_checked(
        &self,
        server: &PostgresServer,
    ) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        let mut connection = server.pool.acquire().await?;
        // A connection that was idle may have been left by a caller that ended before its check.
        let is_checked =
            connection.idle_for().is_some() && server.role.get() == ServerRole::Primary;
        if is_checked || self.shared.target == TargetSessionAttrs::Any {
            return Ok(connection);
        }
        let is_wanted = match connection.get() {
            Ok(opened) => is_session_of(self.shared.target, opened).await,
            Err(error) => Err(error),
        };
        match is_wanted {
            Ok(true) if !server.is_deposed.load(Ordering::Relaxed) => {
                server.role.replace(ServerRole::Primary);
                Ok(connection)
            }
            Ok(_) => {
                server.role.replace(ServerRole::Replica);
                connection.close();
                Err(io::Error::other("the server accepts no writes").into())
            }
            Err(error) => {
                connection.close();
                Err(error)
            }
        }
    }
}

impl Servers for PostgresServers {
    type Db = Postgres;

    async fn check_cached(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn acquire(&self) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        let shared = &*self.shared;
        if let Some(replica) = self.replica {
            return self.acquire_from_replica(replica).await;
        }
        let index = shared.current.load(Ordering::Relaxed);
        let server = self.server(index)?;
        if shared.candidates == 1 {
            return self.acquire_checked(server).await;
        }
        if server.role.get() == ServerRole::Primary {
            match Box::pin(self.acquire_checked(server)).await {
                Err(error) if is_unavailable(&error) => {
                    server.role.replace(ServerRole::Unknown);
                    return Box::pin(self.acquire_in(self.order(Some(index)))).await;
                }
                acquired => return acquired,
            }
        }
        Box::pin(self.acquire_in(self.order(None))).await
    }

    async fn acquire_after(
        &self,
        failed: PooledConnection<Postgres>,
    ) -> Result<PooledConnection<Postgres>, sqlx::Error> {
        if self.replica.is_some() {
            return self.acquire_from_replica_after(failed).await;
        }
        if !self.has_others() {
            return failed.reopen().await;
        }
        let server = self.server_of(&failed);
        failed.close();
        Box::pin(self.acquire_in(self.order(server))).await
    }

    fn suspect(&self, failed: &PooledConnection<Postgres>, refuses_writes: bool) {
        let server = self.server_of(failed);
        let server = server.and_then(|index| self.shared.servers.get(index));
        let role = if refuses_writes {
            ServerRole::Replica
        } else {
            ServerRole::Unknown
        };
        if let Some(server) = server.filter(|_| self.has_others() || self.replica.is_some()) {
            server.role.replace(role);
        }
    }

    fn has_others(&self) -> bool {
        match self.replica {
            Some(_) => self.shared.nearest_fresh_replica(self.replica).is_some(),
            None => self.shared.candidates > 1,
        }
    }
}

/// Returns whether a server cannot be used now, as opposed to a pool that is closed or has no free connection.
pub(super) fn is_unavailable(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)
}

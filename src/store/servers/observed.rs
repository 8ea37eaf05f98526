//! The role and the schema that probes find at a server.

use std::sync::atomic::Ordering;

use tokio::time::timeout;

use super::{probe::INTERVAL, probe_answer::ProbeAnswer, role::ServerRole, shared::PostgresServer};
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

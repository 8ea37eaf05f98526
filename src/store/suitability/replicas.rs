//! Checks at start whether the replicas belong to the database.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{ConnectOptions, Connection, Postgres};
use tokio::time::{sleep, timeout};

use crate::store::{
    Error, connections::WarmPool, failure::is_unsupported, schema, servers::PostgresServers,
    unprepared::text,
};

/// Returns the identifier of the cluster and the name of the database.
const CLUSTER: &str = "\
    SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), current_database())";

/// The time limit for the checks of one replica.
const REPLICA_TIMEOUT: Duration = Duration::from_secs(2);

/// The number of checks whether a replica has replayed the schema, and the pause between two of them.
const SCHEMA_CHECKS: (u32, Duration) = (8, Duration::from_millis(100));

/// Checks that each replica that answers belongs to the cluster of the primary and has its schema. Before the primary is
/// migrated, no replica can have the schema of this program. Returns the replicas that cannot be used now: a replica may be
/// down at any time.
///
/// # Errors
/// [`Error::Replica`] names a replica that does not belong to the primary. [`Error::TimedOut`] if the primary does not
/// answer within `limit`.
pub(super) async fn check(servers: &PostgresServers, limit: Duration) -> Result<Vec<Error>, Error> {
    let mut replicas = servers.replicas().peekable();
    if replicas.peek().is_none() {
        return Ok(vec![]);
    }
    let asked = async {
        let primary = servers.primary().await?;
        let cluster = cluster_of(primary).await?;
        Ok::<_, Error>((cluster, schema::is_ready(primary).await?))
    };
    let (cluster, is_migrated) = match timeout(limit, asked).await {
        Ok(Err(Error::Database(error))) if is_unsupported(&error) => {
            let problem = "no replica is used, because pg_control_system cannot be called at the server of database.url: \
                           grant its user EXECUTE, or leave out database.replicas if the engine lacks the function";
            return Ok(vec![Error::Replica(problem.to_owned())]);
        }
        asked => asked.map_err(|_| Error::TimedOut)??,
    };
    let checks = replicas.map(async |(name, pool)| {
        let asked = async {
            let found = cluster_of(pool).await?;
            let is_comparable = is_migrated && found == cluster;
            let has_schema = !is_comparable || has_replayed_schema(pool).await?;
            Ok::<_, Error>((found, has_schema))
        };
        let asked = timeout(REPLICA_TIMEOUT, asked).await;
        let problem = match asked.unwrap_or(Err(Error::TimedOut)) {
            Err(error) => return Ok(Some(unusable(name, &error))),
            Ok((found, _)) if found != cluster => {
                "belongs to another cluster or database than database.url: name a replica of that server"
            }
            Ok((_, false)) => {
                "has another schema than database.url: wait until it has replayed the migrations, or rebuild it"
            }
            Ok((_, true)) => return Ok(None),
        };
        Err(Error::Replica(format!("{name} {problem}")))
    });
    let checked: Result<Vec<_>, _> = join_all(checks).await.into_iter().collect();
    Ok(checked?.into_iter().flatten().collect())
}

/// Returns the problem of a replica that cannot be asked, with the next step.
fn unusable(name: &str, error: &Error) -> Error {
    let step = error.next_step().map(|step| format!(". {step}"));
    let step = step.unwrap_or_default();
    Error::Replica(format!("{name}: {}{step}", error.with_cause()))
}

/// Returns whether a replica has the schema of this program, or gets it within a second.
async fn has_replayed_schema(replica: &WarmPool<Postgres>) -> Result<bool, Error> {
    let (checks, pause) = SCHEMA_CHECKS;
    for _ in 0..checks {
        if schema::is_ready(replica).await? {
            return Ok(true);
        }
        sleep(pause).await;
    }
    Ok(false)
}

/// Returns the identifier of the cluster of a server, and the name of the database.
async fn cluster_of(pool: &WarmPool<Postgres>) -> Result<String, Error> {
    let mut connection = pool.pool().connect_options().connect().await?;
    let cluster = text(&mut connection, CLUSTER).await?;
    connection.close().await?;
    Ok(cluster)
}

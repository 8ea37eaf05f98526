//! Checks at start whether the replicas belong to the database.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection, Postgres};
use tokio::time::{sleep, timeout};

use crate::store::{
    Error, connections::WarmPool, failure::is_unsupported, schema, unprepared::text,
};

/// Returns the identifier of the cluster and the name of the database.
const CLUSTER: &str = "\
    SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), current_database())";

/// The time limit for the checks of one replica.
const REPLICA_TIMEOUT: Duration = Duration::from_secs(2);

/// The number of checks whether a replica has replayed the schema, and the pause between two of them.
const SCHEMA_CHECKS: (u32, Duration) = (8, Duration::from_millis(100));

/// Checks that each replica that answers belongs to the cluster of the primary and has its schema. Before the primary is
/// migrated, no replica can have the schema of this program.
///
/// # Errors
/// [`Error::Replica`] names the replica that does not.
pub(super) async fn check(
    primary: &WarmPool<Postgres>,
    replicas: impl Iterator<Item = (&str, &WarmPool<Postgres>)>,
) -> Result<(), Error> {
    let replicas: Vec<_> = replicas.collect();
    if replicas.is_empty() {
        return Ok(());
    }
    let cluster = match cluster_of(primary).await {
        Err(Error::Database(error)) if is_unsupported(&error) => {
            tracing::warn!(
                "database.url does not tell its cluster, so no server of database.replicas is used"
            );
            return Ok(());
        }
        cluster => cluster?,
    };
    let is_migrated = schema::is_ready(primary).await?;
    for (name, pool) in replicas {
        let asked = async {
            let found = cluster_of(pool).await?;
            let is_comparable = is_migrated && found == cluster;
            let has_schema = !is_comparable || has_replayed_schema(pool).await?;
            Ok::<_, Error>((found, has_schema))
        };
        let (found, has_schema) = match timeout(REPLICA_TIMEOUT, asked).await {
            Ok(Ok(answer)) => answer,
            // A replica may be down at any time.
            Ok(Err(error)) => {
                tracing::warn!(server = name, cause = ?error, "a server of database.replicas cannot be used");
                continue;
            }
            Err(_) => {
                tracing::warn!(
                    server = name,
                    "a server of database.replicas does not answer"
                );
                continue;
            }
        };
        let problem = if found != cluster {
            "belongs to another cluster or database than database.url: name a replica of that server"
        } else if !has_schema {
            "has another schema than database.url: wait until it has replayed the migrations, or rebuild it"
        } else {
            continue;
        };
        return Err(Error::Replica(format!("{name} {problem}")));
    }
    Ok(())
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

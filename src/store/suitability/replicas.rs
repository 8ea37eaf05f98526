//! Checks at start whether the replicas belong to the database.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection, Postgres};
use tokio::time::timeout;

use crate::store::{Error, connections::WarmPool, schema, unprepared::text};

/// Returns the identifier of the cluster and the name of the database.
const CLUSTER: &str = "\
    SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), current_database())";

/// The time limit for the checks of one replica.
const REPLICA_TIMEOUT: Duration = Duration::from_secs(2);

/// Checks that each replica that answers belongs to the cluster of the primary and has its schema.
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
    let cluster = cluster_of(primary).await?;
    for (name, pool) in replicas {
        let asked =
            async { Ok::<_, Error>((cluster_of(pool).await?, schema::is_ready(pool).await?)) };
        let (found, is_ready) = match timeout(REPLICA_TIMEOUT, asked).await {
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
        } else if !is_ready {
            "has another schema than database.url: wait until it has replayed the migrations, or rebuild it"
        } else {
            continue;
        };
        return Err(Error::Replica(format!("{name} {problem}")));
    }
    Ok(())
}

/// Returns the identifier of the cluster of a server, and the name of the database.
async fn cluster_of(pool: &WarmPool<Postgres>) -> Result<String, Error> {
    let mut connection = pool.pool().connect_options().connect().await?;
    let cluster = text(&mut connection, CLUSTER).await?;
    connection.close().await?;
    Ok(cluster)
}

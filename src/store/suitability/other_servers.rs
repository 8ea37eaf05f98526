//! Checks at start whether the other servers belong to the database.

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::{Connection, PgConnection, Postgres};
use tokio::time::{sleep, timeout};

use super::check_pooler;
use crate::store::{
    Error,
    connections::WarmPool,
    failure::is_unsupported,
    schema,
    servers::{OtherServer, PostgresServers},
    unprepared::text,
};

/// Returns the identifier of the cluster and the name of the database.
const CLUSTER: &str = "\
    SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), current_database())";

/// The time limit for the checks of one server.
const SERVER_TIMEOUT: Duration = Duration::from_secs(2);

/// The number of checks whether a replica has replayed the schema, and the pause between two of them.
const SCHEMA_CHECKS: (u32, Duration) = (8, Duration::from_millis(100));

/// Checks that each other server that answers belongs to the cluster of the primary, has its schema and a suitable pooler.
/// Before the primary is migrated, no replica can have the schema of this program. Returns the problems of servers that
/// cannot be used now: a server may be down at any time.
///
/// # Errors
/// [`Error::Server`] names a server that does not belong to the primary, or whose pooler does not serve.
/// [`Error::TimedOut`] if the primary does not answer within `limit`.
pub(super) async fn check(servers: &PostgresServers, limit: Duration) -> Result<Vec<Error>, Error> {
    if !servers.has_several() {
        return Ok(vec![]);
    }
    let asked = async {
        let primary = servers.primary().await?;
        let cluster = cluster_of(&mut primary.connect_apart().await?).await?;
        Ok::<_, Error>((primary, cluster, schema::is_ready(primary).await?))
    };
    let (primary, cluster, is_migrated) = match timeout(limit, asked).await {
        Ok(Err(Error::Database(error))) if is_unsupported(&error) => {
            if !servers.has_replicas() {
                return Ok(vec![]);
            }
            let problem = "database.replicas: no replica is used, because pg_control_system cannot be called at the server \
                           of database.url: grant its user EXECUTE, or leave out database.replicas if the engine lacks the \
                           function";
            return Ok(vec![Error::Server(problem.to_owned())]);
        }
        asked => asked.map_err(|_| Error::TimedOut)??,
    };
    let others = servers.others(primary);
    let checks = others
        .iter()
        .map(|server| check_one(server, &cluster, is_migrated));
    let checked: Result<Vec<_>, _> = join_all(checks).await.into_iter().collect();
    Ok(checked?.into_iter().flatten().collect())
}

/// Returns the problem of a server that cannot be used now.
///
/// # Errors
/// [`Error::Server`] if the server does not belong to the primary's cluster, or if its pooler does not serve.
async fn check_one(
    server: &OtherServer<'_>,
    cluster: &str,
    is_migrated: bool,
) -> Result<Option<Error>, Error> {
    let pool = server.pool;
    let asked = async {
        let mut connection = pool.connect_apart().await?;
        let found = cluster_of(&mut connection).await?;
        let is_comparable = is_migrated && found == cluster;
        let has_schema = !is_comparable || has_replayed_schema(pool).await?;
        check_pooler(&mut connection, pool, SERVER_TIMEOUT / 2).await?;
        connection.close().await?;
        Ok::<_, Error>((found, has_schema))
    };
    let asked = timeout(SERVER_TIMEOUT, asked).await;
    let problem =
        |text: String| Error::Server(format!("{}: {}{text}", server.setting, server.name));
    match asked.unwrap_or(Err(Error::TimedOut)) {
        Err(Error::Unsuitable(text)) => Err(problem(format!(": {text}"))),
        Err(error) => {
            let step = error.next_step().map(|step| format!(". {step}"));
            let (cause, step) = (error.with_cause(), step.unwrap_or_default());
            Ok(Some(problem(format!(": {cause}{step}"))))
        }
        Ok((found, _)) if found != cluster => Err(problem(
            " belongs to another cluster or database than the primary: name a server of that one".to_owned(),
        )),
        Ok((_, false)) => Err(problem(
            " has another schema than the primary: wait until it has replayed the migrations, or rebuild it".to_owned(),
        )),
        Ok(_) if server.is_deposed => Ok(Some(problem(
            " accepts writes on an earlier timeline than the primary: stop it, and rebuild it as a replica".to_owned(),
        ))),
        Ok(_) => Ok(None),
    }
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
async fn cluster_of(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    text(connection, CLUSTER).await
}

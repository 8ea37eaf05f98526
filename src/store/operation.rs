//! The kinds of operation: a read, a change of rows, a change that returns its row, and a transaction.
//!
//! A change is reported only after the engine has committed it. SQLite commits a single statement
//! when it is stepped past its last row, so every statement that changes something is read to its end.
//! The path of the database must still lead to the file that took the change.

/// The end of a transaction, with the result of the operation.
#[derive(Debug)]
pub(super) enum TransactionEnd<T> {
    Commit(T),
    Rollback(T),
}

/// Runs a body on a connection of the store's engine, within `database.timeout`. An operation that failed without an
/// effect is repeated (`Retries::after`).
///
/// `begins` is true if the body begins a transaction of its own. Without statement names every other body gets one
/// around it, because a pooler in transaction mode may change the server connection between two messages.
macro_rules! on {
    ($store:expr, only_reads: $only_reads:literal, begins: $begins:literal, |$db:ident| $body:expr) => {
        match &$store.engine {
            crate::store::Engine::Sqlite(servers) => {
                crate::store::on!($store, servers, $only_reads, $begins, $db, $body)
            }
            crate::store::Engine::Postgres(servers) => {
                crate::store::on!($store, servers, $only_reads, $begins, $db, $body)
            }
            #[cfg(feature = "simulation")]
            crate::store::Engine::Simulated(_) => {
                let refused =
                    "the simulated database has no SQL for this operation: use another engine";
                let refused = crate::store::Error::Unsuitable(refused.to_owned());
                $store.metrics.count(Err(refused))
            }
        }
    };
    ($store:expr, $servers:expr, $only_reads:literal, $begins:literal, $db:ident, $body:expr) => {{
        use crate::store::servers::Servers;

        let done = async {
            if $only_reads {
                $servers.check_cached().await?;
            } else {
                $servers.check().await?;
            }
            let mut connection = Servers::acquire($servers).await?;
            let deadline = tokio::time::Instant::now() + $store.timeout;
            let mut retries = crate::store::servers::Retries::new(&$store.retries, $only_reads);
            loop {
                let work = async {
                    connection.begin_implicit($begins).await?;
                    let outcome = async {
                        let $db = &mut connection.statements()?;
                        $body
                    };
                    let outcome = outcome.await;
                    connection.end_implicit($begins, outcome).await
                };
                let failure = match tokio::time::timeout_at(deadline, work).await {
                    Ok(Ok(done)) => {
                        connection.release();
                        if !$only_reads {
                            $servers.check().await?;
                        }
                        return Ok(done);
                    }
                    Ok(Err(failure)) => failure,
                    Err(_) => {
                        $servers.suspect(&connection, false);
                        connection.close_after_timeout();
                        return Err(crate::store::Error::TimedOut);
                    }
                };
                let handled = Box::pin(retries.after($servers, connection, &failure));
                match tokio::time::timeout_at(deadline, handled).await {
                    Ok(Ok(Some(next))) => connection = next,
                    Ok(Ok(None)) => return Err(crate::store::Error::from(failure.error)),
                    Ok(Err(error)) => return Err(crate::store::Error::from(error)),
                    Err(_) => return Err(crate::store::Error::TimedOut),
                }
            }
        }
        .await;
        $store.metrics.count(done)
    }};
}
pub(super) use on;

/// Returns the answer of the simulated database if the store is one. The kind is `read`, `change` (of one statement) or
/// `transaction`. Without the feature `simulation` this is nothing.
macro_rules! simulated {
    ($store:expr, $kind:ident, |$tables:ident| $body:expr) => {
        #[cfg(feature = "simulation")]
        if let crate::store::Engine::Simulated(servers) = &$store.engine {
            let done = servers.$kind(|$tables| $body).await;
            return $store.metrics.count(done);
        }
    };
}
pub(super) use simulated;

/// Runs a body that only reads.
macro_rules! read {
    ($store:expr, |$db:ident| $body:expr) => {
        crate::store::on!($store, only_reads: true, begins: false, |$db| $body)
    };
}
pub(super) use read;

/// Runs one statement that changes rows. Returns the number of rows.
macro_rules! change {
    ($store:expr, $statement:expr) => {
        crate::store::on!($store, only_reads: false, begins: false, |db| $statement
            .execute(db)
            .await
            .map(|done| done.rows_affected()))
    };
}
pub(super) use change;

/// Runs one statement that changes at most one row. Returns whether it changed a row.
macro_rules! change_one {
    ($store:expr, $statement:expr, $($value:expr),+) => {
        crate::store::operation::change!($store, sqlx::query($statement)$(.bind($value))+)
            .map(|changed| changed == 1)
    };
}
pub(super) use change_one;

/// Runs one statement that changes at most one row. Returns the row.
///
/// `fetch_optional` would stop at the row, before SQLite commits, and drop the error of the commit.
macro_rules! change_row {
    ($store:expr, $statement:expr) => {
        crate::store::on!($store, only_reads: false, begins: false, |db| $statement
            .fetch_all(db)
            .await
            .map(|rows| rows.into_iter().next()))
    };
}
pub(super) use change_row;

/// Runs a body in a transaction. The body decides whether the transaction is committed or rolled back, and
/// its result is returned after that. An error rolls the transaction back: PostgreSQL answers the `COMMIT` of
/// a failed transaction with `ROLLBACK` and no error.
macro_rules! transaction {
    ($store:expr, |$db:ident| $body:expr) => {
        crate::store::on!($store, only_reads: false, begins: true, |statements| {
            let begun = statements.begin().await;
            let (mut transaction, is_named) = begun.map_err(crate::store::failure::OperationFailure::before_sending)?;
            let work = async {
                let $db = &mut crate::store::connections::Statements::within(&mut transaction, is_named);
                $body
            };
            match work.await {
                Ok(crate::store::operation::TransactionEnd::Commit(done)) => {
                    transaction.commit().await?;
                    Ok::<_, crate::store::failure::OperationFailure>(done)
                }
                Ok(crate::store::operation::TransactionEnd::Rollback(done)) => {
                    transaction.rollback().await?;
                    Ok(done)
                }
                Err(error) => {
                    let error: sqlx::Error = error;
                    Err(error.into())
                }
            }
        })
    };
}
pub(super) use transaction;

//! The four kinds of operation: a read, a change of at most one row, the same that gives the row, and
//! a transaction.
//!
//! A change is reported only after the engine has committed it. SQLite commits a single statement
//! when it is stepped past its last row, so every statement that changes something is read to its end.
//! The file that took the change must still be the one that the path of the database leads to.

/// The end of a transaction, with what the operation gives.
#[derive(Debug)]
pub(super) enum TransactionEnd<T> {
    Commit(T),
    Undo(T),
}

/// Runs a body on a connection of whichever engine this store has, within the time that an operation
/// may take. If the connection was at fault and had been kept, the body is repeated once on a new one,
/// unless a statement that changes something has been sent.
macro_rules! on {
    ($store:expr, only_reads: $only_reads:literal, |$db:ident| $body:expr) => {
        match &$store.engine {
            crate::store::Engine::Sqlite(pool) => {
                crate::store::on!($store, pool, $only_reads, $db, $body)
            }
            crate::store::Engine::Postgres(pool) => {
                crate::store::on!($store, pool, $only_reads, $db, $body)
            }
        }
    };
    ($store:expr, $pool:expr, $only_reads:literal, $db:ident, $body:expr) => {{
        let done = async {
            if $only_reads {
                $pool.file_is_open().await?;
            } else {
                $pool.file_is_still_open().await?;
            }
            let mut connection = $pool.acquire().await?;
            let deadline = tokio::time::Instant::now() + $store.timeout;
            loop {
                let work = async {
                    let $db = connection.get()?;
                    $body
                };
                let failure = match tokio::time::timeout_at(deadline, work).await {
                    Ok(Ok(done)) => {
                        connection.keep();
                        if !$only_reads {
                            $pool.file_is_still_open().await?;
                        }
                        return Ok(done);
                    }
                    Ok(Err(error)) => crate::store::failure::OperationFailure::from(error),
                    Err(_) => {
                        connection.timed_out();
                        return Err(crate::store::Error::TimedOut);
                    }
                };
                let again = Box::pin(connection.failed(&failure, $only_reads));
                match tokio::time::timeout_at(deadline, again).await {
                    Ok(Ok(Some(new))) => connection = new,
                    Ok(Ok(None)) => return Err(crate::store::Error::from(failure.error)),
                    Ok(Err(error)) => return Err(crate::store::Error::from(error)),
                    Err(_) => return Err(crate::store::Error::TimedOut),
                }
            }
        }
        .await;
        $store.tally.count(done)
    }};
}
pub(super) use on;

/// Runs a body that reads and changes nothing.
macro_rules! read {
    ($store:expr, |$db:ident| $body:expr) => {
        crate::store::on!($store, only_reads: true, |$db| $body)
    };
}
pub(super) use read;

/// Runs one statement that changes rows, and gives the number of rows.
macro_rules! change {
    ($store:expr, $statement:expr) => {
        crate::store::on!($store, only_reads: false, |db| $statement
            .execute(db)
            .await
            .map(|done| done.rows_affected()))
    };
}
pub(super) use change;

/// Runs one statement that changes a single row or none, and says whether it did.
macro_rules! change_one {
    ($store:expr, $statement:expr, $($value:expr),+) => {
        crate::store::operation::change!($store, sqlx::query($statement)$(.bind($value))+)
            .map(|changed| changed == 1)
    };
}
pub(super) use change_one;

/// Runs one statement that changes a single row or none, and gives the row.
///
/// `fetch_optional` would stop at the row, before SQLite commits, and drop the error of the commit.
macro_rules! change_row {
    ($store:expr, $statement:expr) => {
        crate::store::on!($store, only_reads: false, |db| $statement
            .fetch_all(db)
            .await
            .map(|rows| rows.into_iter().next()))
    };
}
pub(super) use change_row;

/// Runs a body in a transaction, which is over when its result is given. The body says whether to
/// commit. An error undoes the transaction: PostgreSQL answers the `COMMIT` of a transaction that has
/// failed with `ROLLBACK` and no error.
macro_rules! transaction {
    ($store:expr, |$db:ident| $body:expr) => {
        crate::store::on!($store, only_reads: false, |connection| {
            let begun = sqlx::Connection::begin(connection).await;
            let mut transaction = begun.map_err(crate::store::failure::OperationFailure::before_sending)?;
            let work = async {
                let $db = &mut *transaction;
                $body
            };
            match work.await {
                Ok(crate::store::operation::TransactionEnd::Commit(done)) => {
                    transaction.commit().await?;
                    Ok::<_, crate::store::failure::OperationFailure>(done)
                }
                Ok(crate::store::operation::TransactionEnd::Undo(done)) => {
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

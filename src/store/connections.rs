//! Keeps recently used connections out of the sqlx pool, which pings each one when it is returned.
//!
//! The ping is one more round trip for each operation, in a task that sqlx spawns; on SQLite it is one more
//! change of threads. Leaving it out saves about 6 µs of a refresh through the router on SQLite. That number is
//! an estimate: the refresh went from 55.7 to 45.5 µs (1.66 to 1.37 of its floor) together with one other
//! change, whose share was subtracted.
//!
//! A connection that has just answered is kept here, and the last one used is used next. The sqlx pool still
//! opens and closes connections and bounds their number.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;
use sqlx::Pool;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

mod database_login;
mod driver;
mod fates;
mod idle;
mod opening;
mod pooled_connection;
mod statements;

use self::{
    database_login::DatabaseLogin,
    idle::{IdleConnection, IdleConnections, TakenConnection},
};
pub(super) use self::{
    driver::Driver, pooled_connection::PooledConnection, statements::Statements,
};
use super::{
    Error,
    failure::{ConnectionFate, is_locked},
    file::{DatabaseFile, DatabaseFileError, MaxAge},
};
use crate::config::Reloadable;

/// The time limit for a check whether a connection still answers.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// The time after which an unused connection is closed. A firewall in between may have dropped it by then.
const IDLE_TIMEOUT: Duration = Duration::from_mins(10);

/// The longest life of a connection.
const MAX_LIFETIME: Duration = Duration::from_mins(30);

/// The pause between two attempts to open a SQLite file.
const OPEN_RETRY_DELAY: Duration = Duration::from_millis(20);

/// The rules for all connections of a pool.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConnectionRules {
    /// Statements are prepared under names.
    pub(super) has_statement_names: bool,
    /// Reads or writes may use another server, so opening does not wait for a server that refuses connections.
    pub(super) fails_fast: bool,
    /// `database.url` names several hosts, so a write may use another server.
    pub(super) has_other_candidates: bool,
}

/// A pool together with its connections that are ready for use.
#[derive(Debug)]
pub(super) struct WarmPool<DB: Driver>(Arc<WarmPoolInner<DB>>);

impl<DB: Driver> Clone for WarmPool<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct WarmPoolInner<DB: Driver> {
    pool: Pool<DB>,
    /// `None` if the database is not a file.
    file: Option<DatabaseFile>,
    login: DatabaseLogin,
    /// The most connections that the pool may open.
    max_connections: usize,
    /// One permit for each connection in use. The holder of a permit finds an idle connection or room in the
    /// pool.
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
    rules: ConnectionRules,
    idle: Mutex<IdleConnections<DB>>,
}

impl<DB: Driver> WarmPool<DB> {
    pub(super) fn new(
        pool: Pool<DB>,
        url: Reloadable<SecretString>,
        rules: ConnectionRules,
    ) -> Self {
        let options = pool.options();
        let max_connections = usize::try_from(options.get_max_connections()).unwrap_or(usize::MAX);
        let max_connections = max_connections.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(WarmPoolInner {
            max_connections,
            permits: Arc::new(Semaphore::new(max_connections)),
            acquire_timeout: options.get_acquire_timeout(),
            idle: Mutex::new(IdleConnections {
                connections: Vec::new(),
                close_opened_until: None,
                check_used_until: None,
                check_idle_for: None,
            }),
            login: DatabaseLogin::new(url),
            file: DB::path(&pool).map(DatabaseFile::new),
            rules,
            pool,
        }))
    }

    /// Returns whether this is a handle to the same pool.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns whether statements are prepared under names.
    pub(super) fn has_statement_names(&self) -> bool {
        self.0.rules.has_statement_names
    }

    /// The longest wait for a connection.
    pub(super) fn acquire_timeout(&self) -> Duration {
        self.0.acquire_timeout
    }

    /// Closes the connections that are open now, each after its operation.
    pub(super) fn close_opened_before_now(&self) {
        self.0.lock_idle().close_opened_until = Some(Instant::now());
        self.0.close_idle();
    }

    pub(super) fn pool(&self) -> &Pool<DB> {
        &self.0.pool
    }

    pub(super) fn file(&self) -> Option<&DatabaseFile> {
        self.0.file.as_ref()
    }

    /// Checks before a read that the path of the database leads to the open file. Examines the path at
    /// most once a second.
    pub(super) async fn check_file_cached(&self) -> Result<(), Error> {
        match self.file() {
            Some(file) if !file.is_sound() => {
                Box::pin(self.compare_file(file, MaxAge::Recent)).await
            }
            _ => Ok(()),
        }
    }

    /// Checks the same before a change, and again before the change is acknowledged.
    pub(super) async fn check_file(&self) -> Result<(), Error> {
        match self.file() {
            Some(file) => Box::pin(self.compare_file(file, MaxAge::Now)).await,
            None => Ok(()),
        }
    }

    async fn compare_file(&self, file: &DatabaseFile, age: MaxAge) -> Result<(), Error> {
        let compared = tokio::time::timeout(self.0.acquire_timeout, file.compare(age)).await;
        if let Err(fault) = compared.map_err(|_| Error::TimedOut)? {
            self.close_replaced_file().await;
            return Err(Error::File(fault.to_string()));
        }
        Ok(())
    }

    /// Closes the connections to a file that the path does not lead to. Their commits are written into that
    /// file first: a write-ahead log that stays behind would be taken for the log of the next file.
    async fn close_replaced_file(&self) {
        let mut idle = self.0.take_all();
        if let Some(last) = idle.last_mut() {
            let emptied = DB::empty_log(&mut last.connection);
            let emptied = tokio::time::timeout(self.0.acquire_timeout, emptied).await;
            if !matches!(emptied, Ok(Ok(()))) {
                tracing::error!(
                    "the write-ahead log of the former database file could not be emptied: stop the \
                     service and delete the files that end in -wal and -shm before the next start"
                );
            }
        }
        idle.into_iter().for_each(IdleConnection::close);
    }

    pub(super) fn database_login(&self) -> &DatabaseLogin {
        &self.0.login
    }

    /// The most connections that are opened.
    pub(super) fn max_connections(&self) -> usize {
        self.0.max_connections
    }

    /// The number of connections that operations hold now.
    pub(super) fn in_use(&self) -> usize {
        let free = self.0.permits.available_permits();
        self.0.max_connections.saturating_sub(free)
    }

    /// Opens a connection by `connect` and checks that it has the database file of this process open. The
    /// caller closes a connection that fails the check.
    ///
    /// Repeats `connect` for half of the acquire timeout while another process holds a lock on the SQLite
    /// file. SQLite does not wait for every lock: it refuses immediately when several processes change a new
    /// file to WAL mode at the same time.
    ///
    /// # Errors
    /// The last error of `connect`.
    pub(super) async fn open<C, F>(
        &self,
        connect: impl Fn() -> F,
    ) -> Result<(C, Result<(), DatabaseFileError>), sqlx::Error>
    where
        F: Future<Output = Result<C, sqlx::Error>>,
    {
        let before = match self.file() {
            Some(file) => file.before_opening().await,
            None => None,
        };
        let started = Instant::now();
        let connection = loop {
            match connect().await {
                Err(error)
                    if is_locked(&error) && started.elapsed() < self.0.acquire_timeout / 2 =>
                {
                    sleep(OPEN_RETRY_DELAY).await;
                }
                opened => break opened?,
            }
        };
        let checked = match self.file() {
            Some(file) => file.opened(before).await,
            None => Ok(()),
        };
        Ok((connection, checked))
    }

    /// Returns a connection for one operation as soon as one is free.
    ///
    /// # Errors
    /// The pool is closed, no connection can be opened, or none is free within the acquire timeout.
    pub(super) async fn acquire(&self) -> Result<PooledConnection<DB>, sqlx::Error> {
        let mut free = self.0.permits.clone().try_acquire_owned().ok();
        let mut taken = free.as_ref().and_then(|_| self.0.take());
        if let Some(sound) = taken.take_if(|taken| !taken.needs_check)
            && let Some(permit) = free.take()
        {
            return Ok(PooledConnection::from_idle(sound.idle, self, permit));
        }
        let wait = async {
            let permit = if let Some(permit) = free {
                permit
            } else {
                let permit = self.0.permits.clone().acquire_owned().await;
                let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
                taken = self.0.take();
                permit
            };
            match taken {
                Some(taken) => self.checked(taken, permit).await,
                None => PooledConnection::open(self, permit).await,
            }
        };
        let acquired = tokio::time::timeout(self.0.acquire_timeout, Box::pin(wait)).await;
        acquired.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Returns the connection if it needs no check or passes it, and a new one otherwise.
    async fn checked(
        &self,
        taken: TakenConnection<DB>,
        permit: OwnedSemaphorePermit,
    ) -> Result<PooledConnection<DB>, sqlx::Error> {
        let mut connection = PooledConnection::from_idle(taken.idle, self, permit);
        if !taken.needs_check {
            return Ok(connection);
        }
        // The other half of the timeout is left for opening another connection.
        let limit = CHECK_TIMEOUT.min(self.0.acquire_timeout / 2);
        if connection.answers_within(limit).await {
            self.0.raise_check_threshold(connection.idle_for());
            return Ok(connection);
        }
        self.0.apply(ConnectionFate::Close, connection.idle_for());
        // All others have been idle for longer.
        self.0.close_idle();
        connection.reopen().await
    }

    /// Closes every connection, each after its operation has ended.
    pub(super) async fn close(&self) {
        self.0.permits.close();
        // The last connection to a replaced file would leave its write-ahead log behind.
        let _ = self.check_file().await;
        drop(self.0.take_all());
        self.0.pool.close().await;
    }
}

impl<DB: Driver> WarmPoolInner<DB> {
    fn lock_idle(&self) -> MutexGuard<'_, IdleConnections<DB>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the connection that was used last. The threads and caches of the others stay idle.
    fn take(&self) -> Option<TakenConnection<DB>> {
        let mut locked = self.lock_idle();
        let idle = locked.connections.pop()?;
        let idle_for = idle.used.elapsed();
        let needs_check = locked.check_used_until.is_some_and(|at| idle.used <= at)
            || locked.check_idle_for.is_some_and(|limit| idle_for >= limit);
        drop(locked);
        if idle_for < IDLE_TIMEOUT {
            return Some(TakenConnection { idle, needs_check });
        }
        idle.close();
        // All others have been idle for longer.
        self.close_idle();
        None
    }

    /// Keeps a connection for the next operation, or closes it if it is too old. Closes the connection that
    /// was idle longest, if it has reached the idle timeout.
    fn put_back(&self, back: IdleConnection<DB>) {
        let used = back.used;
        let mut locked = self.lock_idle();
        let is_outdated = locked
            .close_opened_until
            .is_some_and(|at| back.opened <= at);
        if is_outdated || used.duration_since(back.opened) > MAX_LIFETIME {
            drop(locked);
            back.close();
            return;
        }
        // Read under the lock: after `close` no connection may stay behind.
        if !self.permits.is_closed() {
            locked.connections.push(back);
        }
        let is_expired =
            |first: &IdleConnection<DB>| used.duration_since(first.used) > IDLE_TIMEOUT;
        let has_expired = locked.connections.first().is_some_and(is_expired);
        let expired = has_expired.then(|| locked.connections.remove(0));
        drop(locked);
        if let Some(expired) = expired {
            expired.close();
        }
    }

    fn take_all(&self) -> Vec<IdleConnection<DB>> {
        std::mem::take(&mut self.lock_idle().connections)
    }

    fn close_idle(&self) {
        self.take_all().into_iter().for_each(IdleConnection::close);
    }
}

impl<DB: Driver> Drop for WarmPoolInner<DB> {
    fn drop(&mut self) {
        self.close_idle();
    }
}

#[cfg(test)]
mod tests;

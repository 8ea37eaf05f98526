//! Connections between two uses.
//!
//! The pool asks every connection that comes back whether it still lives, in a task of its own: one
//! more round trip for each operation. Here the ones that have just answered are kept, and the last
//! one used is used next; the pool is left to open, to judge and to close.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use secrecy::SecretString;
use sqlx::{Pool, pool::PoolConnection};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::sleep,
};

mod database_login;
mod driver;
mod pooled_connection;

use self::database_login::DatabaseLogin;
pub(super) use self::{driver::Driver, pooled_connection::PooledConnection};
use super::{
    Error,
    failure::{ConnectionFate, is_locked},
    file::{DatabaseFile, MaxAge},
};
use crate::config::Reloadable;

/// How long a connection may take to show that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// How long a connection is kept unused; whatever lies between may have forgotten it by then.
const IDLE: Duration = Duration::from_mins(10);

/// The longest life of a connection.
const LIFETIME: Duration = Duration::from_mins(30);

/// The shortest rest that can be the cause of a lost connection. Busy connections are not checked.
const LEAST_REST: Duration = Duration::from_secs(1);

/// The pause between two attempts to open a SQLite file.
const OPENING_PAUSE: Duration = Duration::from_millis(20);

/// The time between two replacements of all connections because none of them accepts writes.
const READ_ONLY_PAUSE: Duration = Duration::from_secs(1);

/// A pool, and those of its connections that are ready for use.
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
    /// As many as the pool may open.
    most: usize,
    /// Who has one gets a kept connection, or the pool has room.
    places: Arc<Semaphore>,
    patience: Duration,
    shelf: Mutex<IdleConnections<DB>>,
}

/// The kept connections and what is known about their health.
#[derive(Debug)]
struct IdleConnections<DB: Driver> {
    /// In the order of their last use.
    kept: Vec<IdleConnection<DB>>,
    /// Connections opened up to this moment are closed.
    outdated: Option<Instant>,
    /// Connections last used up to this moment are checked before their next use.
    doubted: Option<Instant>,
    /// Connections that have rested so long are checked before their next use.
    longest_rest: Option<Duration>,
}

#[derive(Debug)]
struct IdleConnection<DB: Driver> {
    connection: PoolConnection<DB>,
    opened: Instant,
    used: Instant,
}

/// Opens a connection, and tries again for half of `patience` while another process holds a lock on the
/// SQLite file. SQLite does not wait for every lock: a new file that several processes change to WAL mode
/// at once is locked at once.
///
/// # Errors
/// The last error.
pub(super) async fn open_unlocked<C, F>(
    patience: Duration,
    open: impl Fn() -> F,
) -> Result<C, sqlx::Error>
where
    F: Future<Output = Result<C, sqlx::Error>>,
{
    let begun = Instant::now();
    loop {
        match open().await {
            Err(error) if is_locked(&error) && begun.elapsed() < patience / 2 => {
                sleep(OPENING_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// A kept connection that was taken from the shelf.
struct TakenConnection<DB: Driver> {
    kept: IdleConnection<DB>,
    /// Whether it must be checked before use.
    doubtful: bool,
}

impl<DB: Driver> WarmPool<DB> {
    pub(super) fn new(pool: Pool<DB>, url: Reloadable<SecretString>) -> Self {
        let options = pool.options();
        let most = usize::try_from(options.get_max_connections()).unwrap_or(usize::MAX);
        let most = most.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(WarmPoolInner {
            most,
            places: Arc::new(Semaphore::new(most)),
            patience: options.get_acquire_timeout(),
            shelf: Mutex::new(IdleConnections {
                kept: Vec::new(),
                outdated: None,
                doubted: None,
                longest_rest: None,
            }),
            login: DatabaseLogin::new(url),
            file: DB::path(&pool).map(DatabaseFile::new),
            pool,
        }))
    }

    pub(super) fn pool(&self) -> &Pool<DB> {
        &self.0.pool
    }

    pub(super) fn file(&self) -> Option<&DatabaseFile> {
        self.0.file.as_ref()
    }

    /// Checks before a read that the path of the database leads to the open file. Asks the file system
    /// at most once a second.
    pub(super) async fn file_is_open(&self) -> Result<(), Error> {
        match self.file() {
            Some(file) if !file.is_sound() => Box::pin(self.compare(file, MaxAge::Recent)).await,
            _ => Ok(()),
        }
    }

    /// Checks the same before a change, and again before it is acknowledged.
    pub(super) async fn file_is_still_open(&self) -> Result<(), Error> {
        match self.file() {
            Some(file) => Box::pin(self.compare(file, MaxAge::Now)).await,
            None => Ok(()),
        }
    }

    async fn compare(&self, file: &DatabaseFile, age: MaxAge) -> Result<(), Error> {
        let compared = tokio::time::timeout(self.0.patience, file.compare(age)).await;
        if let Err(fault) = compared.map_err(|_| Error::TimedOut)? {
            self.leave_file().await;
            return Err(Error::File(fault.to_string()));
        }
        Ok(())
    }

    /// Closes the connections to a file that the path does not lead to. Whatever they have committed
    /// goes into that file first: a log that stays behind would be taken for that of the next file.
    async fn leave_file(&self) {
        let mut kept = std::mem::take(&mut self.0.idle().kept);
        if let Some(last) = kept.last_mut() {
            let emptied = DB::empty_log(&mut last.connection);
            let emptied = tokio::time::timeout(self.0.patience, emptied).await;
            if !matches!(emptied, Ok(Ok(()))) {
                tracing::error!(
                    "the write-ahead log of the former database file could not be emptied: stop the \
                     service and delete the files that end in -wal and -shm before the next start"
                );
            }
        }
        kept.into_iter().for_each(IdleConnection::close);
    }

    pub(super) fn database_login(&self) -> &DatabaseLogin {
        &self.0.login
    }

    /// The time that an operation waits for a connection.
    pub(super) fn patience(&self) -> Duration {
        self.0.patience
    }

    /// The most that will be opened.
    pub(super) fn max_connections(&self) -> usize {
        self.0.most
    }

    /// How many are in the midst of something.
    pub(super) fn used(&self) -> usize {
        let free = self.0.places.available_permits();
        self.0.most.saturating_sub(free)
    }

    /// A connection for one operation, as soon as there is one.
    pub(super) async fn acquire(&self) -> Result<PooledConnection<DB>, sqlx::Error> {
        let mut free = self.0.places.clone().try_acquire_owned().ok();
        let mut taken = free.as_ref().and_then(|_| self.0.take());
        if let Some(sound) = taken.take_if(|taken| !taken.doubtful)
            && let Some(place) = free.take()
        {
            return Ok(PooledConnection::kept(sound.kept, self, place));
        }
        let wait = async {
            let place = if let Some(place) = free {
                place
            } else {
                let place = self.0.places.clone().acquire_owned().await;
                let place = place.map_err(|_| sqlx::Error::PoolClosed)?;
                taken = self.0.take();
                place
            };
            match taken {
                Some(taken) => self.checked(taken, place).await,
                None => PooledConnection::open(self, place).await,
            }
        };
        let acquired = tokio::time::timeout(self.0.patience, Box::pin(wait)).await;
        acquired.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// The connection if it is known or found to be alive, and a new one otherwise.
    async fn checked(
        &self,
        taken: TakenConnection<DB>,
        place: OwnedSemaphorePermit,
    ) -> Result<PooledConnection<DB>, sqlx::Error> {
        let mut connection = PooledConnection::kept(taken.kept, self, place);
        if !taken.doubtful {
            return Ok(connection);
        }
        // Time is left to open another.
        let limit = SIGN_OF_LIFE.min(self.0.patience / 2);
        if connection.is_alive(limit).await {
            self.0.survived(connection.is_idle());
            return Ok(connection);
        }
        self.0.judged(ConnectionFate::Close, connection.is_idle());
        // All others have rested for longer.
        self.0.close_kept();
        connection.reopened().await
    }

    /// Closes every connection, once what it does is done.
    pub(super) async fn close(&self) {
        self.0.places.close();
        // The last connection to a file that was replaced leaves its log behind.
        let _ = self.file_is_still_open().await;
        let kept = std::mem::take(&mut self.0.idle().kept);
        drop(kept);
        self.0.pool.close().await;
    }
}

impl<DB: Driver> WarmPoolInner<DB> {
    fn idle(&self) -> MutexGuard<'_, IdleConnections<DB>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last one used: the others rest, and with them their threads and their caches.
    fn take(&self) -> Option<TakenConnection<DB>> {
        let mut locked = self.idle();
        let kept = locked.kept.pop()?;
        let rested = kept.used.elapsed();
        let doubtful = locked.doubted.is_some_and(|at| kept.used <= at)
            || locked.longest_rest.is_some_and(|limit| rested >= limit);
        drop(locked);
        if rested < IDLE {
            return Some(TakenConnection { kept, doubtful });
        }
        kept.close();
        // All others have rested for longer.
        self.close_kept();
        None
    }

    fn keep(&self, back: IdleConnection<DB>) {
        let used = back.used;
        let mut locked = self.idle();
        let is_outdated = locked.outdated.is_some_and(|at| back.opened <= at);
        if is_outdated || used.duration_since(back.opened) > LIFETIME {
            drop(locked);
            back.close();
            return;
        }
        // Asked under the lock: after the end nothing may stay behind.
        if !self.places.is_closed() {
            locked.kept.push(back);
        }
        let rested = |first: &IdleConnection<DB>| used.duration_since(first.used) > IDLE;
        let is_stale = locked.kept.first().is_some_and(rested);
        let stale = is_stale.then(|| locked.kept.remove(0));
        drop(locked);
        if let Some(stale) = stale {
            stale.close();
        }
    }

    /// Draws the consequences of an error for all other connections, and says what happens to the one
    /// that met it after so much rest.
    fn judged(&self, fate: ConnectionFate, rested: Option<Duration>) -> ConnectionFate {
        let now = Instant::now();
        let mut locked = self.idle();
        match fate {
            ConnectionFate::Keep => return ConnectionFate::Keep,
            ConnectionFate::Close => {
                locked.doubted = Some(now);
                // It was lost some time during its rest.
                if let Some(rested) = rested.filter(|rested| *rested >= LEAST_REST) {
                    let limit = (rested / 2).max(LEAST_REST);
                    let known = locked.longest_rest.unwrap_or(limit);
                    locked.longest_rest = Some(limit.min(known));
                }
                return ConnectionFate::Close;
            }
            ConnectionFate::ReadOnly => {
                let last = locked.outdated;
                if last.is_some_and(|at| now.duration_since(at) < READ_ONLY_PAUSE) {
                    return ConnectionFate::Keep;
                }
            }
            ConnectionFate::CloseOlder => {}
        }
        locked.outdated = Some(now);
        drop(locked);
        self.close_kept();
        ConnectionFate::CloseOlder
    }

    /// A connection has survived its rest: only longer ones need a check.
    fn survived(&self, rested: Option<Duration>) {
        let mut locked = self.idle();
        locked.longest_rest = locked
            .longest_rest
            .max(rested.filter(|_| locked.longest_rest.is_some()));
    }

    fn close_kept(&self) {
        let kept = std::mem::take(&mut self.idle().kept);
        kept.into_iter().for_each(IdleConnection::close);
    }
}

impl<DB: Driver> IdleConnection<DB> {
    /// Closes without a goodbye, which a dead peer would never answer.
    fn close(self) {
        drop(self.connection.detach());
    }
}

impl<DB: Driver> Drop for WarmPoolInner<DB> {
    fn drop(&mut self) {
        self.close_kept();
    }
}

#[cfg(test)]
mod tests;

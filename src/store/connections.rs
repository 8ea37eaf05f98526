//! Connections between two uses.
//!
//! The pool asks every connection that comes back whether it still lives, in a task of its own: one
//! more round trip for each operation. Here the ones that have just answered are kept, and the last
//! one used is used next; the pool is left to open, to judge and to close.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection, Database, Pool, pool::PoolConnection};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

/// How long a connection may take to show that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// How long a connection is kept unused; whatever lies between may have forgotten it by then.
const IDLE: Duration = Duration::from_mins(10);

/// How long a connection is kept at all before the pool may judge it again.
const LIFETIME: Duration = Duration::from_mins(30);

/// A pool, and those of its connections that are ready for use.
#[derive(Debug)]
pub(super) struct Reserve<DB: Database>(Arc<Inner<DB>>);

impl<DB: Database> Clone for Reserve<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct Inner<DB: Database> {
    pool: Pool<DB>,
    /// As many as the pool may open.
    most: usize,
    /// Who has one gets a kept connection, or the pool has room.
    places: Arc<Semaphore>,
    patience: Duration,
    kept: Mutex<Vec<Kept<DB>>>,
}

#[derive(Debug)]
struct Kept<DB: Database> {
    connection: PoolConnection<DB>,
    opened: Instant,
    used: Instant,
}

impl<DB: Database> Reserve<DB> {
    pub(super) fn new(pool: Pool<DB>) -> Self {
        let options = pool.options();
        let most = usize::try_from(options.get_max_connections()).unwrap_or(usize::MAX);
        let most = most.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Inner {
            most,
            places: Arc::new(Semaphore::new(most)),
            patience: options.get_acquire_timeout(),
            kept: Mutex::default(),
            pool,
        }))
    }

    pub(super) fn pool(&self) -> &Pool<DB> {
        &self.0.pool
    }

    /// The most that will be opened.
    pub(super) fn most(&self) -> usize {
        self.0.most
    }

    /// How many are in the midst of something.
    pub(super) fn used(&self) -> usize {
        let free = self.0.places.available_permits();
        self.0.most.saturating_sub(free)
    }

    /// A connection for one operation, as soon as there is one.
    pub(super) async fn acquire(&self) -> Result<InUse<DB>, sqlx::Error> {
        if let Ok(place) = self.0.places.clone().try_acquire_owned()
            && let Some(kept) = self.0.take()
        {
            return Ok(InUse::new(kept.connection, kept.opened, self, place));
        }
        let wait = async {
            let place = self.0.places.clone().acquire_owned().await;
            let place = place.map_err(|_| sqlx::Error::PoolClosed)?;
            let (connection, opened) = match self.0.take() {
                Some(kept) => (kept.connection, kept.opened),
                None => (self.0.pool.acquire().await?, Instant::now()),
            };
            Ok(InUse::new(connection, opened, self, place))
        };
        let acquired = tokio::time::timeout(self.0.patience, wait).await;
        acquired.map_err(|_| sqlx::Error::PoolTimedOut)?
    }

    /// Closes every connection, once what it does is done.
    pub(super) async fn close(&self) {
        self.0.places.close();
        let kept = std::mem::take(&mut *self.0.kept());
        drop(kept);
        self.0.pool.close().await;
    }
}

impl<DB: Database> Inner<DB> {
    fn kept(&self) -> MutexGuard<'_, Vec<Kept<DB>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last one used: the others rest, and with them their threads and their caches.
    fn take(&self) -> Option<Kept<DB>> {
        let kept = self.kept().pop()?;
        if kept.used.elapsed() < IDLE {
            return Some(kept);
        }
        kept.close();
        // All others have rested for longer.
        let stale = std::mem::take(&mut *self.kept());
        stale.into_iter().for_each(Kept::close);
        None
    }

    fn keep(&self, connection: PoolConnection<DB>, opened: Instant) {
        let used = Instant::now();
        if used.duration_since(opened) > LIFETIME {
            return;
        }
        let mut kept = self.kept();
        // Asked under the lock: after the end nothing may stay behind.
        if !self.places.is_closed() {
            kept.push(Kept {
                connection,
                opened,
                used,
            });
        }
        let rested = |first: &Kept<DB>| used.duration_since(first.used) > IDLE;
        let stale = kept.first().is_some_and(rested).then(|| kept.remove(0));
        drop(kept);
        if let Some(stale) = stale {
            stale.close();
        }
    }
}

impl<DB: Database> Kept<DB> {
    /// Without a word: it may never answer again.
    fn close(self) {
        drop(self.connection.detach());
    }
}

impl<DB: Database> Drop for Inner<DB> {
    fn drop(&mut self) {
        let kept = std::mem::take(&mut *self.kept());
        kept.into_iter().for_each(Kept::close);
    }
}

/// A connection in the midst of something.
///
/// Whoever gives up half-way, by a time-out or because the client has hung up, may leave a
/// connection that never answers again. The pool would wait for it, without end, before it opened
/// another; so it goes back only if it still answers, and is closed otherwise.
pub(super) struct InUse<DB: Database> {
    connection: Option<PoolConnection<DB>>,
    opened: Instant,
    home: Reserve<DB>,
    /// Given up last, when the connection is where the next one finds it.
    _place: OwnedSemaphorePermit,
}

impl<DB: Database> InUse<DB> {
    fn new(
        connection: PoolConnection<DB>,
        opened: Instant,
        home: &Reserve<DB>,
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            connection: Some(connection),
            opened,
            home: home.clone(),
            _place: place,
        }
    }

    pub(super) fn get(&mut self) -> Result<&mut DB::Connection, sqlx::Error> {
        self.connection
            .as_deref_mut()
            .ok_or(sqlx::Error::PoolClosed)
    }

    /// It has just answered: it is ready for the next one.
    pub(super) fn keep(mut self) {
        if let Some(connection) = self.connection.take() {
            self.home.0.keep(connection, self.opened);
        }
    }

    /// It has failed at something: the pool asks it whether it lives.
    pub(super) fn give_back(mut self) {
        self.connection = None;
    }

    /// It has not answered.
    pub(super) fn close(mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}

impl<DB: Database> Drop for InUse<DB> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            drop(connection.detach());
            return;
        };
        runtime.spawn(async move {
            let lives = tokio::time::timeout(SIGN_OF_LIFE, connection.ping()).await;
            if !matches!(lives, Ok(Ok(()))) {
                drop(connection.detach());
            }
        });
    }
}

#[cfg(test)]
mod tests;

//! A cache for a document that another server publishes, such as the key set of an issuer.
//!
//! A fresh document is used without a request. After its lifetime, the next lookup starts a refresh in the
//! background and uses the cached document. A lookup later than twice the lifetime waits for the refresh. A
//! lookup of an unknown entry also starts a refresh and waits for it, at most once in a cooldown. All callers
//! share one request, which continues when the caller that started it is cancelled. While requests fail, the
//! last good document is used up to a limit.

mod freshness;

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{runtime::Handle, sync::watch, task::AbortHandle};

pub use self::freshness::Freshness;
use crate::clock::Clock;

/// The least time between two requests while no document is cached. Never longer than the cooldown.
const RETRY_WITHOUT_VALUE: TimeDelta = TimeDelta::seconds(5);

/// A source that a document is fetched from.
pub trait FetchSource: Clone + Send + Sync + 'static {
    /// The document.
    type Value: Send + Sync + 'static;
    /// The error of a failed request.
    type Error: Error + Send + Sync + 'static;

    /// Fetches the document within a time limit. `cached` is the last good document, which may still be valid.
    ///
    /// # Errors
    /// The document cannot be fetched or used.
    fn fetch(
        &self,
        cached: Option<Arc<Self::Value>>,
    ) -> impl Future<Output = Result<Fetched<Self::Value>, Self::Error>> + Send;
}

/// A fetched document.
#[derive(Debug)]
pub struct Fetched<T> {
    /// The document as it is published now.
    pub value: Arc<T>,
    /// The time for which the document is fresh.
    pub lifetime: TimeDelta,
}

/// A reason why a lookup found nothing.
#[derive(Debug)]
pub enum LookupError<E> {
    /// The entry is not published.
    Unknown,
    /// No document is available, or the entry may be newer than the cached document.
    Unavailable {
        /// The time until the next request.
        retry_after: Duration,
        /// The error of the last request.
        cause: Option<Arc<E>>,
    },
}

/// A cached document that is fetched when it is needed. Clones share the document.
pub struct RefreshingCache<S: FetchSource>(Arc<SharedCache<S>>);

struct SharedCache<S: FetchSource> {
    source: S,
    clock: Clock,
    cooldown: TimeDelta,
    stale_limit: TimeDelta,
    state: Mutex<CacheState<S>>,
}

struct CacheState<S: FetchSource> {
    cached: Option<CachedAnswer<S::Value>>,
    /// The time of the last request.
    requested_at: Option<DateTime<Utc>>,
    /// The error of the last request, if it failed.
    last_error: Option<Arc<S::Error>>,
    in_flight: Option<InFlight>,
}

/// The last good document.
struct CachedAnswer<T> {
    value: Arc<T>,
    /// The time of its request.
    requested_at: DateTime<Utc>,
    lifetime: TimeDelta,
}

/// A running request. The request has ended when the sender of `done` is dropped, for whatever reason.
struct InFlight {
    done: watch::Receiver<()>,
    task: AbortHandle,
}

impl<S: FetchSource> RefreshingCache<S> {
    /// Creates an empty cache. Sends no request and needs no runtime before the first lookup.
    pub fn new(source: S, clock: Clock, cooldown: TimeDelta, stale_limit: TimeDelta) -> Self {
        Self(Arc::new(SharedCache {
            source,
            clock,
            cooldown,
            stale_limit,
            state: Mutex::new(CacheState {
                cached: None,
                requested_at: None,
                last_error: None,
                in_flight: None,
            }),
        }))
    }

    /// Returns the entry that `pick` finds. Starts a refresh if one is due, and waits for it if the cached
    /// document is missing, is too old or lacks the entry.
    ///
    /// # Errors
    /// The entry is not published, or no usable document is available.
    pub async fn find<T>(
        &self,
        pick: impl Fn(&Arc<S::Value>) -> Option<T>,
    ) -> Result<T, LookupError<S::Error>> {
        let now = self.0.clock.now();
        let (found, refresh) = {
            let mut state = self.0.state();
            let found = self.0.look_up(&state, &pick, now);
            let due = state
                .cached
                .as_ref()
                .is_none_or(|cached| cached.is_due(now));
            let waits = found.is_err() || state.is_overdue(now);
            let refresh = if due || waits {
                self.0.start_refresh(&mut state, now)
            } else {
                None
            };
            (found, refresh.filter(|_| waits))
        };
        let Some(mut done) = refresh else {
            return found;
        };
        while done.changed().await.is_ok() {}
        self.0.look_up(&self.0.state(), &pick, now)
    }

    /// Returns the time until the next request at the earliest.
    pub fn retry_after(&self) -> Duration {
        self.0.retry_after(&self.0.state(), self.0.clock.now())
    }

    /// Waits until no request is running.
    #[cfg(all(test, feature = "service"))]
    pub(crate) async fn wait_until_idle(&self) {
        let done = self.0.state().in_flight.as_ref().map(|it| it.done.clone());
        if let Some(mut done) = done {
            while done.changed().await.is_ok() {}
        }
    }
}

impl<S: FetchSource> Clone for RefreshingCache<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: FetchSource> fmt::Debug for RefreshingCache<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshingCache")
    }
}

impl<S: FetchSource> SharedCache<S> {
    fn state(&self) -> MutexGuard<'_, CacheState<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_up<T>(
        &self,
        state: &CacheState<S>,
        pick: impl Fn(&Arc<S::Value>) -> Option<T>,
        now: DateTime<Utc>,
    ) -> Result<T, LookupError<S::Error>> {
        let Some(cached) = self.unexpired(state, now) else {
            return Err(self.unavailable(state, now));
        };
        match pick(&cached.value) {
            Some(found) => Ok(found),
            // The entry may be newer than the cached document.
            None if state.last_error.is_some() => Err(self.unavailable(state, now)),
            None => Err(LookupError::Unknown),
        }
    }

    /// Returns the cached document unless it is older than the stale limit.
    fn unexpired<'a>(
        &self,
        state: &'a CacheState<S>,
        now: DateTime<Utc>,
    ) -> Option<&'a CachedAnswer<S::Value>> {
        let cached = state.cached.as_ref();
        cached.filter(|cached| now <= cached.requested_at + self.stale_limit)
    }

    fn unavailable(&self, state: &CacheState<S>, now: DateTime<Utc>) -> LookupError<S::Error> {
        LookupError::Unavailable {
            retry_after: self.retry_after(state, now),
            cause: state.last_error.clone(),
        }
    }

    fn retry_after(&self, state: &CacheState<S>, now: DateTime<Utc>) -> Duration {
        let interval = self.request_interval(state, now);
        let next_request = state.requested_at.map(|at| at + interval);
        let wait = next_request.map_or(TimeDelta::zero(), |at| at - now);
        let wait = wait.clamp(TimeDelta::seconds(1), self.cooldown);
        wait.to_std().unwrap_or_default()
    }

    /// Returns the least time between two requests. Never longer than the lifetime of the document, because
    /// that would delay the refresh that is due at its end.
    fn request_interval(&self, state: &CacheState<S>, now: DateTime<Utc>) -> TimeDelta {
        let cached = self.unexpired(state, now);
        self.cooldown
            .min(cached.map_or(RETRY_WITHOUT_VALUE, |cached| cached.lifetime))
    }

    /// Returns the running request, or starts one. Returns `None` if the last request was too recent.
    fn start_refresh(
        self: &Arc<Self>,
        state: &mut CacheState<S>,
        now: DateTime<Utc>,
    ) -> Option<watch::Receiver<()>> {
        let running = state.in_flight.as_ref().map(|request| &request.done);
        if let Some(done) = running.filter(|done| done.has_changed().is_ok()) {
            return Some(done.clone());
        }
        let interval = self.request_interval(state, now);
        // A clock that was set back must not stop all requests.
        let too_soon = |at: DateTime<Utc>| (at..at + interval).contains(&now);
        if state.requested_at.is_some_and(too_soon) {
            return None;
        }
        let runtime = Handle::try_current().ok()?;
        state.requested_at = Some(now);
        let (sender, done) = watch::channel(());
        let source = self.source.clone();
        let cached = state.cached.as_ref().map(|cached| cached.value.clone());
        // The request must not keep the cache alive: dropping the cache ends the request.
        let shared = Arc::downgrade(self);
        let task = runtime.spawn(async move {
            let fetched = source.fetch(cached).await;
            if let Some(shared) = shared.upgrade() {
                shared.complete(fetched, now);
            }
            drop(sender);
        });
        state.in_flight = Some(InFlight {
            done: done.clone(),
            task: task.abort_handle(),
        });
        Some(done)
    }

    /// Stores the result of a request that was sent at `requested_at`.
    fn complete(&self, fetched: Result<Fetched<S::Value>, S::Error>, requested_at: DateTime<Utc>) {
        let mut state = self.state();
        match fetched {
            Ok(Fetched { value, lifetime }) => {
                state.last_error = None;
                state.cached = Some(CachedAnswer {
                    value,
                    requested_at,
                    lifetime,
                });
            }
            Err(error) => state.last_error = Some(Arc::new(error)),
        }
    }
}

impl<S: FetchSource> Drop for SharedCache<S> {
    fn drop(&mut self) {
        if let Some(request) = &self.state().in_flight {
            request.task.abort();
        }
    }
}

impl<S: FetchSource> CacheState<S> {
    /// Returns whether the document is older than twice its lifetime, so that a lookup waits for the refresh.
    /// `false` if a request has failed within the last lifetime.
    fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.cached.as_ref().is_some_and(|cached| {
            let is_recent = |at| now < at + cached.lifetime;
            let has_failed = self.last_error.is_some() && self.requested_at.is_some_and(is_recent);
            cached.requested_at + cached.lifetime * 2 <= now && !has_failed
        })
    }
}

impl<T> CachedAnswer<T> {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        now < self.requested_at || self.requested_at + self.lifetime <= now
    }
}

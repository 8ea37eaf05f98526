//! What somebody else publishes, as it was when they were last asked, and when to ask them again:
//! the keys of an issuer, for example.
//!
//! As long as it is fresh it is used as it is. Then the next who needs it brings about a refresh
//! and waits for nothing, and only who comes later than twice that time waits as well, because
//! nobody has asked meanwhile. What is not in it brings about a refresh too, once in a cooldown.
//! All wait for one question, which outlives whoever brought it about. While there is no answer the
//! last good one is used, within a limit.

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

/// How soon somebody is asked again while there is nothing at all to go on with; never later than by
/// the cooldown.
const WITHOUT: TimeDelta = TimeDelta::seconds(5);

/// Whom to ask, and what.
pub trait FetchSource: Clone + Send + Sync + 'static {
    /// What is published.
    type Value: Send + Sync + 'static;
    /// Why there is no answer to go by.
    type Error: Error + Send + Sync + 'static;

    /// Asks, within a time. Who holds something already gives it along: it may still be good.
    fn fetch(
        &self,
        held: Option<Arc<Self::Value>>,
    ) -> impl Future<Output = Result<Fetched<Self::Value>, Self::Error>> + Send;
}

/// An answer.
#[derive(Debug)]
pub struct Fetched<T> {
    /// What is published now.
    pub value: Arc<T>,
    /// How long it is fresh.
    pub lifetime: TimeDelta,
}

/// Why what is sought is not there.
#[derive(Debug)]
pub enum LookupError<E> {
    /// It is not published.
    Unknown,
    /// It cannot be said at the moment.
    Unavailable {
        /// When they will be asked again.
        retry_after: Duration,
        /// Why they did not answer the last time.
        cause: Option<Arc<E>>,
    },
}

/// What is fetched when it is needed.
pub struct RefreshingCache<S: FetchSource>(Arc<SharedCache<S>>);

struct SharedCache<S: FetchSource> {
    source: S,
    clock: Clock,
    cooldown: TimeDelta,
    stale_limit: TimeDelta,
    state: Mutex<CacheState<S>>,
}

struct CacheState<S: FetchSource> {
    held: Option<CachedAnswer<S::Value>>,
    /// When they were asked last.
    asked_at: Option<DateTime<Utc>>,
    /// Why that came to nothing, if it did.
    failed: Option<Arc<S::Error>>,
    flight: Option<InFlight>,
}

/// The last good answer.
struct CachedAnswer<T> {
    value: Arc<T>,
    /// When it was asked for.
    as_of: DateTime<Utc>,
    lifetime: TimeDelta,
}

/// A question under way. It is over when its sender is gone, for whatever reason.
struct InFlight {
    landed: watch::Receiver<()>,
    task: AbortHandle,
}

impl<S: FetchSource> RefreshingCache<S> {
    /// Asks nobody anything yet, and needs no runtime until it does.
    pub fn new(source: S, clock: Clock, cooldown: TimeDelta, stale_limit: TimeDelta) -> Self {
        Self(Arc::new(SharedCache {
            source,
            clock,
            cooldown,
            stale_limit,
            state: Mutex::new(CacheState {
                held: None,
                asked_at: None,
                failed: None,
                flight: None,
            }),
        }))
    }

    /// What `pick` finds. Asks where that is due, and waits for the answer where there is nothing
    /// good enough to go on with.
    pub async fn find<T>(
        &self,
        pick: impl Fn(&Arc<S::Value>) -> Option<T>,
    ) -> Result<T, LookupError<S::Error>> {
        let now = self.0.clock.now();
        let (found, flight) = {
            let mut state = self.0.state();
            let found = self.0.look(&state, &pick, now);
            let due = state.held.as_ref().is_none_or(|held| held.is_due(now));
            let waits = found.is_err() || state.is_overdue(now);
            let flight = if due || waits {
                self.0.start_refresh(&mut state, now)
            } else {
                None
            };
            (found, flight.filter(|_| waits))
        };
        let Some(mut landed) = flight else {
            return found;
        };
        while landed.changed().await.is_ok() {}
        self.0.look(&self.0.state(), &pick, now)
    }

    /// When they will be asked again, at the earliest.
    pub fn retry_after(&self) -> Duration {
        self.0.retry_after(&self.0.state(), self.0.clock.now())
    }

    /// Until nothing is being asked.
    #[cfg(all(test, feature = "service"))]
    pub(crate) async fn settled(&self) {
        let landed = self.0.state().flight.as_ref().map(|it| it.landed.clone());
        if let Some(mut landed) = landed {
            while landed.changed().await.is_ok() {}
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
        f.write_str("Remote")
    }
}

impl<S: FetchSource> SharedCache<S> {
    fn state(&self) -> MutexGuard<'_, CacheState<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look<T>(
        &self,
        state: &CacheState<S>,
        pick: impl Fn(&Arc<S::Value>) -> Option<T>,
        now: DateTime<Utc>,
    ) -> Result<T, LookupError<S::Error>> {
        let Some(held) = self.usable(state, now) else {
            return Err(self.unavailable(state, now));
        };
        match pick(&held.value) {
            Some(found) => Ok(found),
            // It may be newer than the last answer.
            None if state.failed.is_some() => Err(self.unavailable(state, now)),
            None => Err(LookupError::Unknown),
        }
    }

    /// What is held, unless it is too old.
    fn usable<'a>(
        &self,
        state: &'a CacheState<S>,
        now: DateTime<Utc>,
    ) -> Option<&'a CachedAnswer<S::Value>> {
        let held = state.held.as_ref();
        held.filter(|held| now <= held.as_of + self.stale_limit)
    }

    fn unavailable(&self, state: &CacheState<S>, now: DateTime<Utc>) -> LookupError<S::Error> {
        LookupError::Unavailable {
            retry_after: self.retry_after(state, now),
            cause: state.failed.clone(),
        }
    }

    fn retry_after(&self, state: &CacheState<S>, now: DateTime<Utc>) -> Duration {
        let asks_again = state.asked_at.map(|at| at + self.gap(state, now));
        let wait = asks_again.map_or(TimeDelta::zero(), |at| at - now);
        let wait = wait.clamp(TimeDelta::seconds(1), self.cooldown);
        wait.to_std().unwrap_or_default()
    }

    /// The least time between two questions. Never longer than an answer is fresh: it would put off
    /// the refresh that is due then.
    fn gap(&self, state: &CacheState<S>, now: DateTime<Utc>) -> TimeDelta {
        let held = self.usable(state, now);
        self.cooldown
            .min(held.map_or(WITHOUT, |held| held.lifetime))
    }

    /// The question that is under way, or a new one if there has been none for long enough.
    fn start_refresh(
        self: &Arc<Self>,
        state: &mut CacheState<S>,
        now: DateTime<Utc>,
    ) -> Option<watch::Receiver<()>> {
        let under_way = state.flight.as_ref().map(|flight| &flight.landed);
        if let Some(landed) = under_way.filter(|landed| landed.has_changed().is_ok()) {
            return Some(landed.clone());
        }
        let gap = self.gap(state, now);
        // A clock that was set back must not silence us.
        let too_soon = |at: DateTime<Utc>| (at..at + gap).contains(&now);
        if state.asked_at.is_some_and(too_soon) {
            return None;
        }
        let runtime = Handle::try_current().ok()?;
        state.asked_at = Some(now);
        let (sender, landed) = watch::channel(());
        let source = self.source.clone();
        let held = state.held.as_ref().map(|held| held.value.clone());
        // Not held by its own question: what is dropped asks nobody any more.
        let shared = Arc::downgrade(self);
        let task = runtime.spawn(async move {
            let fetched = source.fetch(held).await;
            if let Some(shared) = shared.upgrade() {
                shared.complete(fetched, now);
            }
            drop(sender);
        });
        state.flight = Some(InFlight {
            landed: landed.clone(),
            task: task.abort_handle(),
        });
        Some(landed)
    }

    /// Keeps what was answered to a question of that time.
    fn complete(&self, fetched: Result<Fetched<S::Value>, S::Error>, asked_at: DateTime<Utc>) {
        let mut state = self.state();
        match fetched {
            Ok(Fetched { value, lifetime }) => {
                state.failed = None;
                state.held = Some(CachedAnswer {
                    value,
                    as_of: asked_at,
                    lifetime,
                });
            }
            Err(error) => state.failed = Some(Arc::new(error)),
        }
    }
}

impl<S: FetchSource> Drop for SharedCache<S> {
    fn drop(&mut self) {
        if let Some(flight) = &self.state().flight {
            flight.task.abort();
        }
    }
}

impl<S: FetchSource> CacheState<S> {
    /// Whether so much time has passed that there may be something else by now: nobody has come by
    /// who would have asked. Not where there was no answer just now.
    fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.held.as_ref().is_some_and(|held| {
            let asked = |at| now < at + held.lifetime;
            let has_failed = self.failed.is_some() && self.asked_at.is_some_and(asked);
            held.as_of + held.lifetime * 2 <= now && !has_failed
        })
    }
}

impl<T> CachedAnswer<T> {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        now < self.as_of || self.as_of + self.lifetime <= now
    }
}

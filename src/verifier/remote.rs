//! The keys of the issuer as they were when it was last asked, and when to ask it again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderValue;
use tokio::{runtime::Handle, sync::watch, task::AbortHandle};

use super::{
    Error, Rejected, Unavailable,
    fetch::{FetchError, Fetched, Source},
    jwks::{Key, KeySet},
};
use crate::clock::Clock;

/// How soon the issuer is asked again while there are no keys at all; never later than by the
/// cooldown.
const WITHOUT_KEYS: TimeDelta = TimeDelta::seconds(5);

/// Keys that are fetched when they are needed.
pub(super) struct Remote(Arc<Shared>);

struct Shared {
    source: Source,
    clock: Clock,
    cooldown: TimeDelta,
    stale_limit: TimeDelta,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// When the issuer was asked last.
    asked_at: Option<DateTime<Utc>>,
    /// Whether that came to nothing.
    failed: bool,
    flight: Option<Flight>,
}

/// The last key set.
struct Held {
    keys: KeySet,
    etag: Option<HeaderValue>,
    /// When the issuer was asked for them, or said that they were still the same.
    as_of: DateTime<Utc>,
    lifetime: TimeDelta,
}

/// A question under way. It is over when its sender is gone, for whatever reason.
struct Flight {
    landed: watch::Receiver<()>,
    task: AbortHandle,
}

impl Remote {
    pub(super) fn new(
        source: Source,
        clock: Clock,
        cooldown: TimeDelta,
        stale_limit: TimeDelta,
    ) -> Self {
        Self(Arc::new(Shared {
            source,
            clock,
            cooldown,
            stale_limit,
            state: Mutex::default(),
        }))
    }

    /// The key of that name.
    pub(super) async fn key(&self, kid: &str) -> Result<Arc<Key>, Error> {
        self.find(|keys| keys.get(kid)).await
    }

    /// Whether there are keys that anything can be judged by.
    pub(super) async fn ready(&self) -> Result<(), Unavailable> {
        match self.find(|keys| (!keys.is_empty()).then_some(())).await {
            Ok(()) => Ok(()),
            Err(Error::Unavailable(unavailable)) => Err(unavailable),
            Err(Error::Rejected(_)) => Err(self.0.unavailable(&self.0.state(), self.0.clock.now())),
        }
    }

    /// Until nothing is being asked.
    #[cfg(all(test, feature = "service", feature = "axum"))]
    pub(super) async fn settled(&self) {
        let landed = self.0.state().flight.as_ref().map(|it| it.landed.clone());
        if let Some(mut landed) = landed {
            while landed.changed().await.is_ok() {}
        }
    }

    /// What `pick` finds in the keys. Asks the issuer where that is due, and waits for its answer
    /// where there is nothing good enough to go on with.
    async fn find<T>(&self, pick: impl Fn(&KeySet) -> Option<T>) -> Result<T, Error> {
        let now = self.0.clock.now();
        let (found, flight) = {
            let mut state = self.0.state();
            let found = self.0.look(&state, &pick, now);
            let due = state.held.as_ref().is_none_or(|held| held.is_due(now));
            let waits = found.is_err() || state.is_overdue(now);
            let flight = if due || waits {
                self.0.take_off(&mut state, now)
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
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look<T>(
        &self,
        state: &State,
        pick: impl Fn(&KeySet) -> Option<T>,
        now: DateTime<Utc>,
    ) -> Result<T, Error> {
        let Some(held) = self.usable(state, now) else {
            return Err(self.unavailable(state, now).into());
        };
        match pick(&held.keys) {
            Some(found) => Ok(found),
            // It may be a key that is newer than the last answer.
            None if state.failed => Err(self.unavailable(state, now).into()),
            None => Err(Rejected::UnknownKey.into()),
        }
    }

    /// The keys that are held, unless they are too old.
    fn usable<'a>(&self, state: &'a State, now: DateTime<Utc>) -> Option<&'a Held> {
        let held = state.held.as_ref();
        held.filter(|held| now <= held.as_of + self.stale_limit)
    }

    fn unavailable(&self, state: &State, now: DateTime<Utc>) -> Unavailable {
        let asks_again = state.asked_at.map(|at| at + self.gap(state, now));
        let wait = asks_again.map_or(TimeDelta::zero(), |at| at - now);
        let wait = wait.clamp(TimeDelta::seconds(1), self.cooldown);
        Unavailable {
            retry_after: wait.to_std().unwrap_or_default(),
        }
    }

    /// The least time between two questions. Never longer than keys are fresh: it would put off
    /// the refresh that is due then.
    fn gap(&self, state: &State, now: DateTime<Utc>) -> TimeDelta {
        let held = self.usable(state, now);
        self.cooldown
            .min(held.map_or(WITHOUT_KEYS, |held| held.lifetime))
    }

    /// The question that is under way, or a new one if there has been none for long enough.
    fn take_off(
        self: &Arc<Self>,
        state: &mut State,
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
        let etag = state.held.as_ref().and_then(|held| held.etag.clone());
        // Not held by its own question: a verifier that is dropped asks nobody any more.
        let shared = Arc::downgrade(self);
        let task = runtime.spawn(async move {
            let fetched = source.fetch(etag).await;
            if let Some(shared) = shared.upgrade() {
                shared.land(fetched, now);
            }
            drop(sender);
        });
        state.flight = Some(Flight {
            landed: landed.clone(),
            task: task.abort_handle(),
        });
        Some(landed)
    }

    /// Keeps what the issuer answered to a question of that time.
    fn land(&self, fetched: Result<Fetched, FetchError>, asked_at: DateTime<Utc>) {
        let mut state = self.state();
        state.failed = fetched.is_err();
        match fetched {
            Ok(Fetched {
                keys,
                etag,
                lifetime,
            }) => {
                if keys.as_ref().is_some_and(KeySet::is_empty) {
                    tracing::warn!(
                        "the issuer's key set has no usable key: every token is refused"
                    );
                }
                let before = state.held.take().map(|held| held.keys);
                state.held = keys.or(before).map(|keys| Held {
                    keys,
                    etag,
                    as_of: asked_at,
                    lifetime,
                });
            }
            Err(error) => {
                let source = std::error::Error::source(&error).map(tracing::field::display);
                tracing::warn!(cause = %error, source, "the issuer's keys could not be fetched");
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(flight) = &self.state().flight {
            flight.task.abort();
        }
    }
}

impl State {
    /// Whether so much time has passed that keys may have been withdrawn since: nobody has come by
    /// who would have asked. Not where the issuer has failed to answer just now.
    fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.held.as_ref().is_some_and(|held| {
            let asked = |at| now < at + held.lifetime;
            let has_failed = self.failed && self.asked_at.is_some_and(asked);
            held.as_of + held.lifetime * 2 <= now && !has_failed
        })
    }
}

impl Held {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        now < self.as_of || self.as_of + self.lifetime <= now
    }
}

//! Notifies clients of logouts (OpenID Connect Back-Channel Logout 1.0), without a table of sessions: the session
//! at the issuer lists the clients of a browser. Notifications are in memory only, and no request waits for them.

mod after_write;
mod delivery;
mod recent;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use self::{
    after_write::MAX_WRITES,
    delivery::{
        AT_ONCE, Endpoint, LogoutSender, Notification, NotificationCounts, Outcome, Senders,
        SharedState,
    },
    recent::RecentNotifications,
};
use crate::{
    clock::Clock,
    detached::{ShutdownPhase, drain},
    entropy::Entropy,
    fetch::Fetcher,
    identity::UserId,
    token::{LogoutSubject, SsoSession, Tokens},
};

/// The number of places for notifications that are not yet delivered. The clients share the places equally,
/// and a notification beyond the share of its client is dropped: a client that fails takes no place of another.
const PLACES: usize = 1_024;

/// The smallest share of a client.
const MIN_SHARE: usize = 128;

/// Notifies clients of logouts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BackchannelLogout(Arc<LogoutSender>);

impl BackchannelLogout {
    /// Creates a sender for the clients that have an endpoint. Without a `fetcher`, no client has one.
    pub fn new(tokens: Tokens, fetcher: Option<&Fetcher>, clock: Clock, entropy: Entropy) -> Self {
        let shared = SharedState {
            clock,
            entropy,
            recent: RecentNotifications::default(),
            writes: Semaphore::new(MAX_WRITES as usize),
            phase: watch::Sender::new(ShutdownPhase::Running),
            counts: NotificationCounts::default(),
            senders: Senders::default(),
        };
        Self::with_state(tokens, fetcher, Arc::new(shared))
    }

    /// Returns a sender for the clients of `tokens`. Counters are shared, and waiting notifications of this sender
    /// are still delivered.
    #[must_use]
    pub fn for_clients(&self, tokens: Tokens, fetcher: Option<&Fetcher>) -> Self {
        Self::with_state(tokens, fetcher, self.0.shared.clone())
    }

    fn with_state(tokens: Tokens, fetcher: Option<&Fetcher>, shared: Arc<SharedState>) -> Self {
        let (endpoints, share) = endpoints(&tokens, fetcher);
        let sender = Arc::new(LogoutSender {
            tokens,
            endpoints,
            share,
            shared,
        });
        sender.shared.senders.add(&sender);
        Self(sender)
    }

    /// Notifies the clients that have logged in by way of a session at the issuer, which has ended.
    pub fn notify_of_ended_session(&self, session: &SsoSession) {
        let clients = session.clients.iter();
        for endpoint in clients.filter_map(|client_id| self.0.endpoints.get(client_id)) {
            let ended = LogoutSubject {
                user: session.sub,
                sid: Some(session.sid.clone()),
            };
            self.enqueue(endpoint, ended);
        }
    }

    /// Notifies all clients that every login of the user has ended.
    fn notify_of_logout_everywhere(&self, user: UserId) {
        for endpoint in self.0.endpoints.values() {
            self.enqueue(endpoint, LogoutSubject { user, sid: None });
        }
    }

    /// Notifies all clients that every login of the user has ended, and waits for the outcome. Failed requests are
    /// repeated after one and two seconds only. Returns the clients that were not notified. Needs a runtime
    /// around it.
    pub async fn notify_of_logout_everywhere_now(&self, user: UserId) -> Vec<String> {
        let mut deliveries = JoinSet::new();
        for endpoint in self.0.endpoints.values().cloned() {
            let sender = self.0.clone();
            deliveries.spawn(async move {
                let ended = LogoutSubject { user, sid: None };
                let outcome = delivery::deliver_now(&sender, &endpoint, &ended).await;
                (endpoint.client_id.clone(), outcome)
            });
        }
        let outcomes = deliveries.join_all().await.into_iter();
        let failed = outcomes.filter(|(_, outcome)| *outcome != Outcome::Delivered);
        let mut failed: Vec<_> = failed.map(|(client_id, _)| client_id).collect();
        failed.sort();
        failed
    }

    fn enqueue(&self, endpoint: &Arc<Endpoint>, ended: LogoutSubject) {
        let SharedState {
            recent,
            counts,
            clock,
            ..
        } = &*self.0.shared;
        let client_id = &endpoint.client_id;
        let Some(number) = recent.begin(client_id, &ended, clock.now()) else {
            counts.duplicate.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let Ok(place) = endpoint.places.clone().try_acquire_owned() else {
            recent.forget(client_id, &ended, number);
            counts.queue_full.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%client_id, "a logout notification was dropped: the queue of the client is full");
            return;
        };
        let ended = (ended, number);
        let notification = Notification::new(self.0.clone(), endpoint.clone(), ended, place);
        tokio::spawn(notification.deliver());
    }

    /// Returns the number of delivered notifications.
    pub fn delivered(&self) -> u64 {
        self.0.shared.counts.delivered.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that the client refused, or that failed after all retries.
    pub fn failed(&self) -> u64 {
        self.0.shared.counts.failed.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that were not sent because the same one was waiting or had ended
    /// within the last minute.
    pub fn duplicate(&self) -> u64 {
        self.0.shared.counts.duplicate.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that were dropped because the queue of the client was full.
    pub fn queue_full(&self) -> u64 {
        self.0.shared.counts.queue_full.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that were dropped because the service stopped.
    pub fn stopped(&self) -> u64 {
        self.0.shared.counts.stopped.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that are not yet delivered.
    pub fn waiting(&self) -> usize {
        let senders = self.0.shared.senders.all();
        senders.iter().map(|sender| sender.waiting()).sum()
    }

    /// Stops: writes and requests in flight may finish within `grace`, and nothing is tried again. Returns the number of
    /// notifications that are dropped.
    pub async fn finish(&self, grace: Duration) -> u64 {
        let before = self.stopped();
        let everything = async || {
            let _ = self.0.shared.writes.acquire_many(MAX_WRITES).await;
            for sender in self.0.shared.senders.all() {
                sender.all_delivered().await;
            }
        };
        drain(&self.0.shared.phase, grace, everything).await;
        let dropped = self.stopped() - before;
        if dropped > 0 {
            tracing::error!(
                dropped,
                "logout notifications were dropped: the service stopped"
            );
        }
        dropped
    }
}

/// Returns the endpoints of the clients, and the number of places of each.
fn endpoints(
    tokens: &Tokens,
    fetcher: Option<&Fetcher>,
) -> (BTreeMap<String, Arc<Endpoint>>, usize) {
    let clients = || {
        let clients = tokens.clients().iter();
        clients.filter(|client| client.backchannel_logout_uri.is_some())
    };
    let share = (PLACES / clients().count().max(1)).max(MIN_SHARE);
    let endpoints = clients().filter_map(|client| {
        let endpoint = Endpoint {
            client_id: client.client_id.clone(),
            url: client.backchannel_logout_uri.clone()?,
            fetcher: fetcher?.separate(),
            at_once: Semaphore::new(AT_ONCE),
            places: Arc::new(Semaphore::new(share)),
        };
        Some((client.client_id.clone(), Arc::new(endpoint)))
    });
    (endpoints.collect(), share)
}

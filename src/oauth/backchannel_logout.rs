//! Notifies clients of logouts (OpenID Connect Back-Channel Logout 1.0), without a table of sessions: the session
//! at the issuer lists the clients of a browser. Notifications are in memory only, and no request waits for them.

mod delivery;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

use self::delivery::{AT_ONCE, Endpoint, LogoutSender, Notification, Phase};
use crate::{
    clock::Clock,
    entropy::Entropy,
    fetch::Fetcher,
    identity::UserId,
    token::{LogoutSubject, SsoSession, Tokens},
};

/// The maximum number of notifications that are not yet delivered. Further ones are dropped.
const QUEUE: usize = 1_024;

/// The time that tasks have to notice the end.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Notifies clients of logouts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BackchannelLogout(Arc<LogoutSender>);

impl BackchannelLogout {
    /// Creates a sender for the clients that have an endpoint. Without a `fetcher`, no client has one.
    pub fn new(tokens: Tokens, fetcher: Option<&Fetcher>, clock: Clock, entropy: Entropy) -> Self {
        let endpoints = tokens.clients().iter().filter_map(|client| {
            let endpoint = Endpoint {
                client_id: client.client_id.clone(),
                url: client.backchannel_logout_uri.clone()?,
                fetcher: fetcher?.separate(),
                at_once: Semaphore::new(AT_ONCE),
            };
            Some((client.client_id.clone(), Arc::new(endpoint)))
        });
        Self(Arc::new(LogoutSender {
            endpoints: endpoints.collect(),
            tokens,
            entropy,
            clock,
            queue: Arc::new(Semaphore::new(QUEUE)),
            phase: watch::Sender::new(Phase::Open),
            counts: Arc::default(),
        }))
    }

    /// Notifies the clients that have logged in by way of a session at the issuer, which has ended. Needs a
    /// runtime around it.
    pub fn notify_of_login(&self, session: &SsoSession) {
        let clients = session.clients.iter();
        for endpoint in clients.filter_map(|client_id| self.0.endpoints.get(client_id)) {
            let ended = LogoutSubject {
                user: session.sub,
                sid: Some(session.sid.clone()),
            };
            self.enqueue(endpoint, ended);
        }
    }

    /// Notifies all clients that every login of the user has ended. Needs a runtime around it.
    pub fn notify_of_user(&self, user: UserId) {
        for endpoint in self.0.endpoints.values() {
            self.enqueue(endpoint, LogoutSubject { user, sid: None });
        }
    }

    fn enqueue(&self, endpoint: &Arc<Endpoint>, ended: LogoutSubject) {
        let LogoutSender { queue, counts, .. } = &*self.0;
        let Ok(place) = queue.clone().try_acquire_owned() else {
            counts.dropped.fetch_add(1, Ordering::Relaxed);
            let client_id = &endpoint.client_id;
            tracing::error!(%client_id, "a logout notification was dropped: the queue is full");
            return;
        };
        let notification = Notification::new(endpoint.clone(), ended, counts.clone(), place);
        tokio::spawn(notification.deliver(self.0.clone()));
    }

    /// Returns the number of delivered notifications.
    pub fn delivered(&self) -> u64 {
        self.0.counts.delivered.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that the client refused, or that failed after all retries.
    pub fn failed(&self) -> u64 {
        self.0.counts.failed.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that were dropped, because the queue was full or the service
    /// stopped.
    pub fn dropped(&self) -> u64 {
        self.0.counts.dropped.load(Ordering::Relaxed)
    }

    /// Returns the number of notifications that are not yet delivered.
    pub fn waiting(&self) -> usize {
        QUEUE.saturating_sub(self.0.queue.available_permits())
    }

    /// Stops: requests in flight may finish within `grace`, and nothing is tried again. Returns the number of
    /// notifications that are dropped.
    pub async fn finish(&self, grace: Duration) -> u64 {
        let before = self.dropped();
        let everything = || {
            let queue = &self.0.queue;
            queue.acquire_many(u32::try_from(QUEUE).unwrap_or(u32::MAX))
        };
        self.0.phase.send_replace(Phase::Last);
        if timeout(grace, everything()).await.is_err() {
            self.0.phase.send_replace(Phase::Over);
            let _ = timeout(LAST_MOMENT, everything()).await;
        }
        let dropped = self.dropped() - before;
        if dropped > 0 {
            tracing::error!(
                dropped,
                "logout notifications were dropped: the service stopped"
            );
        }
        dropped
    }
}

//! Delivers one notification, with retries.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Method, Request, header::CONTENT_TYPE};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use url::{Url, form_urlencoded};

use super::recent::{NotificationNumber, RecentNotifications};
use crate::{
    clock::Clock,
    detached::ShutdownPhase,
    entropy::Entropy,
    fetch::{self, Fetcher},
    token::{LogoutSubject, LogoutToken, MintError, Tokens},
};

/// The pauses before the retries.
pub(super) const RETRIES: [Duration; 3] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(5),
];

/// The pauses before the retries of a sender that waits for the outcome.
const SHORT_RETRIES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// The maximum number of requests to one client at once: a slow client delays no other.
pub(super) const AT_ONCE: usize = 4;

/// Notifies the clients of one configuration.
#[derive(Debug)]
pub(super) struct LogoutSender {
    pub(super) tokens: Tokens,
    pub(super) endpoints: BTreeMap<String, Arc<Endpoint>>,
    /// The number of places of each endpoint.
    pub(super) share: usize,
    pub(super) shared: Arc<SharedState>,
}

/// The services and the state that the senders of all configurations share.
#[derive(Debug)]
pub(super) struct SharedState {
    pub(super) clock: Clock,
    pub(super) entropy: Entropy,
    pub(super) recent: RecentNotifications,
    /// A permit is held by each write after which clients are notified.
    pub(super) writes: Semaphore,
    pub(super) phase: watch::Sender<ShutdownPhase>,
    pub(super) counts: NotificationCounts,
    /// All senders of this service.
    pub(super) senders: Senders,
}

/// All senders of a service: the one of the clients in use, and earlier ones that still have notifications. A waiting
/// notification keeps its sender.
#[derive(Debug, Default)]
pub(super) struct Senders(Mutex<Vec<Weak<LogoutSender>>>);

impl Senders {
    pub(super) fn add(&self, sender: &Arc<LogoutSender>) {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.retain(|it| it.strong_count() > 0);
        senders.push(Arc::downgrade(sender));
    }

    /// Returns the sender in use, and those that still have notifications.
    pub(super) fn all(&self) -> Vec<Arc<LogoutSender>> {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.iter().filter_map(Weak::upgrade).collect()
    }
}

/// The endpoint of a client.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) client_id: String,
    pub(super) url: Url,
    pub(super) fetcher: Fetcher,
    pub(super) at_once: Semaphore,
    /// The places for notifications that are not yet delivered.
    pub(super) places: Arc<Semaphore>,
}

/// The number of notifications by outcome.
#[derive(Debug, Default)]
pub(super) struct NotificationCounts {
    pub(super) delivered: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) duplicate: AtomicU64,
    pub(super) queue_full: AtomicU64,
    pub(super) stopped: AtomicU64,
}

/// A notification that waits or is being delivered. Counted when it is dropped.
#[derive(Debug)]
pub(super) struct Notification {
    sender: Arc<LogoutSender>,
    endpoint: Arc<Endpoint>,
    ended: LogoutSubject,
    number: NotificationNumber,
    outcome: Outcome,
    _place: OwnedSemaphorePermit,
}

/// The outcome of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Delivered,
    Failed,
    Stopped,
}

/// The reason why a request failed. None of it contains the token.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotificationError {
    #[error("the logout token cannot be issued: {0}")]
    Mint(#[from] MintError),
    #[error("the client {0}")]
    Fetch(#[from] fetch::Error),
    #[error("the client answered {0}")]
    Status(u16),
    #[error("the URL of the client is unusable: {0}")]
    Url(#[from] http::Error),
}

impl NotificationError {
    /// Returns whether another try is useless.
    fn is_final(&self) -> bool {
        match self {
            Self::Mint(_) | Self::Status(408 | 429 | 500..=599) => false,
            Self::Fetch(error) => {
                matches!(
                    error,
                    fetch::Error::NotAdmitted(_) | fetch::Error::Redirected
                )
            }
            Self::Status(_) | Self::Url(_) => true,
        }
    }
}

impl Drop for Notification {
    fn drop(&mut self) {
        let SharedState {
            recent,
            counts,
            clock,
            ..
        } = &*self.sender.shared;
        let client_id = &self.endpoint.client_id;
        recent.end(client_id, &self.ended, self.number, clock.now());
        let count = match self.outcome {
            Outcome::Delivered => &counts.delivered,
            Outcome::Failed => &counts.failed,
            Outcome::Stopped => &counts.stopped,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Notification {
    pub(super) fn new(
        sender: Arc<LogoutSender>,
        endpoint: Arc<Endpoint>,
        (ended, number): (LogoutSubject, NotificationNumber),
        place: OwnedSemaphorePermit,
    ) -> Self {
        Self {
            sender,
            endpoint,
            ended,
            number,
            outcome: Outcome::Stopped,
            _place: place,
        }
    }

    /// Delivers the notification, unless the service stops before.
    pub(super) async fn deliver(mut self) {
        let mut phase = self.sender.shared.phase.subscribe();
        let outcome = tokio::select! {
            _ = phase.wait_for(|phase| *phase == ShutdownPhase::Stopped) => Outcome::Stopped,
            outcome = try_repeatedly(
                &self.endpoint.client_id,
                &RETRIES,
                self.sender.shared.phase.subscribe(),
                || self.attempt(),
            ) => outcome,
        };
        self.outcome = outcome;
    }

    /// Sends one request. Meanwhile, another logout of the user is another notification.
    async fn attempt(&self) -> Result<(), NotificationError> {
        let recent = &self.sender.shared.recent;
        let client_id = &self.endpoint.client_id;
        let _permit = self.endpoint.at_once.acquire().await;
        recent.sending(client_id, &self.ended, self.number);
        let sent = self.sender.send(&self.endpoint, &self.ended).await;
        if sent.as_ref().is_err_and(|error| !error.is_final()) {
            recent.retrying(client_id, &self.ended, self.number);
        }
        sent
    }
}

/// Delivers one notification for a caller that waits, with few retries.
pub(super) async fn deliver_now(
    sender: &LogoutSender,
    endpoint: &Endpoint,
    ended: &LogoutSubject,
) -> Outcome {
    let phase = sender.shared.phase.subscribe();
    try_repeatedly(&endpoint.client_id, &SHORT_RETRIES, phase, || {
        sender.send(endpoint, ended)
    })
    .await
}

impl LogoutSender {
    /// Returns the number of notifications of this sender that are not yet delivered.
    pub(super) fn waiting(&self) -> usize {
        let endpoints = self.endpoints.values();
        let free = endpoints.map(|endpoint| endpoint.places.available_permits());
        free.map(|free| self.share.saturating_sub(free)).sum()
    }

    /// Waits until no notification of this sender waits.
    pub(super) async fn all_delivered(&self) {
        let share = u32::try_from(self.share).unwrap_or(u32::MAX);
        for endpoint in self.endpoints.values() {
            let _ = endpoint.places.acquire_many(share).await;
        }
    }

    /// Returns a new token for one request: tokens expire before the last retry.
    pub(super) fn token(
        &self,
        client_id: &str,
        ended: &LogoutSubject,
    ) -> Result<String, MintError> {
        let now = self.shared.clock.now();
        let jti = self.shared.entropy.identifier()?;
        let issuer = self.tokens.issuer().as_str();
        let claims = LogoutToken::new(issuer, client_id, ended.clone(), jti, now);
        self.tokens.mint(&claims, now)
    }

    async fn send(
        &self,
        endpoint: &Endpoint,
        ended: &LogoutSubject,
    ) -> Result<(), NotificationError> {
        let token = self.token(&endpoint.client_id, ended)?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let request = Request::builder()
            .method(Method::POST)
            .uri(endpoint.url.as_str())
            .header(CONTENT_TYPE, form_type)
            .body(form.into_bytes())?;
        let response = endpoint.fetcher.send(request).await?;
        match response.status().as_u16() {
            // Some web frameworks send 204 for 200 (§2.8).
            200 | 204 => Ok(()),
            status => Err(NotificationError::Status(status)),
        }
    }
}

/// Sends until the client is notified or refuses, the retries are used up, or the service stops.
pub(super) async fn try_repeatedly<F: Future<Output = Result<(), NotificationError>>>(
    client_id: &str,
    retries: &[Duration],
    mut phase: watch::Receiver<ShutdownPhase>,
    send: impl Fn() -> F,
) -> Outcome {
    let mut pauses = retries.iter().copied();
    loop {
        let Err(error) = send().await else {
            return Outcome::Delivered;
        };
        let pause = pauses.next().filter(|_| !error.is_final());
        let Some(pause) = pause else {
            tracing::error!(client_id, %error, "a client was not notified of a logout");
            return Outcome::Failed;
        };
        let seconds = pause.as_secs();
        tracing::warn!(client_id, %error, seconds, "a client is notified of a logout again later");
        let stopping = phase.wait_for(|phase| *phase != ShutdownPhase::Running);
        if timeout(pause, stopping).await.is_ok() {
            return Outcome::Stopped;
        }
    }
}

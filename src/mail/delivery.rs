//! The delivery queue: a bounded number of mails waits for delivery, and no request waits for them.
//!
//! Each mail has its own task, and a few are sent at the same time, so that a deferred mail does not delay
//! the others.

mod backoff;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Instant, timeout},
};

use super::{
    MailCounts, Message, QUEUE_CAPACITY,
    current_renderer::CurrentRenderer,
    delivery_error::DeliveryError,
    envelope::{Envelope, EnvelopeBuilder},
};
use crate::detached::{ShutdownPhase, drain};

/// The number of mails that are sent at the same time.
const MAX_CONCURRENT: usize = 4;

/// Sends mails to their recipients.
pub(super) trait Transport: Send + Sync + 'static {
    /// Sends one mail.
    ///
    /// # Errors
    /// The delivery failed; a retry may succeed.
    fn send(&self, envelope: &Envelope) -> impl Future<Output = Result<(), DeliveryError>> + Send;
}

/// A handle that adds messages to the queue.
#[derive(Debug, Clone)]
pub(super) struct DeliveryQueue {
    /// A permit for each free place in the queue.
    places: Arc<Semaphore>,
    sender: mpsc::UnboundedSender<QueuedMail>,
    counts: Arc<MailCounts>,
}

/// A message in the queue, and the guard that counts its outcome.
#[derive(Debug)]
struct QueuedMail {
    message: Message,
    outcome: MailOutcome,
}

/// The outcome of a message, counted on drop: lost, unless `is_sent` was set. A panic therefore counts
/// as lost. The drop also frees the place in the queue.
#[derive(Debug)]
struct MailOutcome {
    counts: Arc<MailCounts>,
    is_sent: bool,
    _place: OwnedSemaphorePermit,
}

impl Drop for MailOutcome {
    fn drop(&mut self) {
        let MailCounts { sent, lost } = &*self.counts;
        let count = if self.is_sent { sent } else { lost };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The running deliveries, which the shutdown waits for.
#[derive(Debug)]
pub(super) struct DeliveryTask {
    places: Arc<Semaphore>,
    phase: Arc<watch::Sender<ShutdownPhase>>,
    counts: Arc<MailCounts>,
}

/// The parts that every delivery task shares.
struct DeliveryWorker<C> {
    renderer: CurrentRenderer,
    envelope_builder: EnvelopeBuilder,
    transport: C,
    permits: Semaphore,
    phase: Arc<watch::Sender<ShutdownPhase>>,
}

/// Opens a queue whose mails are sent by `transport`. The caller must be inside a Tokio runtime.
pub(super) fn open<C: Transport>(
    renderer: CurrentRenderer,
    envelope_builder: EnvelopeBuilder,
    transport: C,
    counts: &Arc<MailCounts>,
) -> (DeliveryQueue, DeliveryTask) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<QueuedMail>();
    let places = Arc::new(Semaphore::new(QUEUE_CAPACITY));
    let phase = Arc::new(watch::Sender::new(ShutdownPhase::Running));
    let worker = Arc::new(DeliveryWorker {
        renderer,
        envelope_builder,
        transport,
        permits: Semaphore::new(MAX_CONCURRENT),
        phase: phase.clone(),
    });
    tokio::spawn(async move {
        while let Some(mail) = receiver.recv().await {
            tokio::spawn(deliver(worker.clone(), mail));
        }
    });
    let queue = DeliveryQueue {
        places: places.clone(),
        sender,
        counts: counts.clone(),
    };
    let task = DeliveryTask {
        places,
        phase,
        counts: counts.clone(),
    };
    (queue, task)
}

impl DeliveryQueue {
    /// Adds a message and returns true, or returns false if the queue is full.
    pub(super) fn enqueue(&self, message: Message) -> bool {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return false;
        };
        let outcome = MailOutcome {
            counts: self.counts.clone(),
            is_sent: false,
            _place: place,
        };
        // If the receiving task has ended, the drop of the rejected message counts it as lost.
        let _ = self.sender.send(QueuedMail { message, outcome });
        true
    }

    /// Returns the number of messages that wait or are being sent.
    pub(super) fn waiting(&self) -> usize {
        QUEUE_CAPACITY.saturating_sub(self.places.available_permits())
    }
}

impl DeliveryTask {
    /// Tries every waiting mail once more without delay. Mails that are not sent within `grace` are lost.
    /// Returns their number.
    pub(super) async fn finish(self, grace: Duration) -> u64 {
        let lost = || self.counts.lost.load(Ordering::Relaxed);
        let before = lost();
        let all = u32::try_from(QUEUE_CAPACITY).unwrap_or(u32::MAX);
        drain(&self.phase, grace, async || {
            let _ = self.places.acquire_many(all).await;
        })
        .await;
        let lost = lost() - before;
        if lost > 0 {
            tracing::error!(lost, "emails were lost: the service stopped");
        }
        lost
    }
}

/// Delivers one mail and records its outcome. An aborted delivery counts as lost.
async fn deliver<C: Transport>(worker: Arc<DeliveryWorker<C>>, mail: QueuedMail) {
    let QueuedMail {
        message,
        mut outcome,
    } = mail;
    let mut phase = worker.phase.subscribe();
    tokio::select! {
        _ = phase.wait_for(|phase| *phase == ShutdownPhase::Stopped) => {}
        is_sent = worker.deliver(message) => outcome.is_sent = is_sent,
    }
}

impl<C: Transport> DeliveryWorker<C> {
    /// Renders a message and sends it, with retries. Returns whether the mail was sent.
    async fn deliver(&self, message: Message) -> bool {
        let mail = message.kind.name();
        let envelope = match self
            .envelope_builder
            .envelope(&self.renderer.render(&message))
        {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::error!(mail, %error, "an email was lost: it cannot be built");
                return false;
            }
        };
        let retry_window = backoff::retry_window(message.kind.facts().lifetime);
        let started = Instant::now();
        let mut phase = self.phase.subscribe();
        for attempts in 1.. {
            let (result, is_last_attempt) = {
                let _permit = self.permits.acquire().await;
                if started.elapsed() > retry_window {
                    tracing::error!(mail, "an email was lost: it expired in the queue");
                    return false;
                }
                let is_last_attempt = *phase.borrow() != ShutdownPhase::Running;
                (self.transport.send(&envelope).await, is_last_attempt)
            };
            let Err(error) = result else {
                return true;
            };
            let delay = backoff::delay_after(attempts);
            let is_lost =
                error.is_final() || is_last_attempt || started.elapsed() + delay > retry_window;
            error.log(mail, attempts, is_lost);
            if is_lost {
                break;
            }
            let _ = timeout(
                delay,
                phase.wait_for(|phase| *phase != ShutdownPhase::Running),
            )
            .await;
        }
        false
    }
}

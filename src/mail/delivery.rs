//! The way out: letters wait in places of which there are only so many, and no request waits for
//! them.
//!
//! Each has a task of its own, and a few are carried at once: one that is deferred holds up no other.

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
    MailCounts, MailRenderer, Message, QUEUE,
    delivery_error::DeliveryError,
    envelope::{Envelope, EnvelopeBuilder},
};

/// How many are carried at once.
const AT_ONCE: usize = 4;
/// How long tasks have to notice that it is over.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Whoever takes letters to where they are read.
pub(super) trait Transport: Send + Sync + 'static {
    /// Takes one there, or says why not.
    fn send(&self, envelope: &Envelope) -> impl Future<Output = Result<(), DeliveryError>> + Send;
}

/// Where letters are handed over.
#[derive(Debug, Clone)]
pub(super) struct DeliveryQueue {
    places: Arc<Semaphore>,
    door: mpsc::UnboundedSender<QueuedMail>,
    tally: Arc<MailCounts>,
}

/// What is to be said, and its place.
#[derive(Debug)]
struct QueuedMail {
    message: Message,
    fate: MailOutcome,
}

/// What becomes of a message: it is lost unless something says that it was sent.
#[derive(Debug)]
struct MailOutcome {
    tally: Arc<MailCounts>,
    is_sent: bool,
    _place: OwnedSemaphorePermit,
}

impl Drop for MailOutcome {
    fn drop(&mut self) {
        let MailCounts { sent, lost } = &*self.tally;
        let count = if self.is_sent { sent } else { lost };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// How much time is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ShutdownPhase {
    /// Enough.
    Open,
    /// For one more try of each.
    Last,
    /// None.
    Over,
}

/// What is on its way.
#[derive(Debug)]
pub(super) struct DeliveryTask {
    places: Arc<Semaphore>,
    phase: Arc<watch::Sender<ShutdownPhase>>,
    tally: Arc<MailCounts>,
}

/// Everything that a delivery needs.
struct DeliveryWorker<C> {
    writer: MailRenderer,
    letterhead: EnvelopeBuilder,
    carrier: C,
    hands: Semaphore,
    phase: Arc<watch::Sender<ShutdownPhase>>,
}

/// Opens a queue from which that carrier takes. Needs a runtime around it.
pub(super) fn open<C: Transport>(
    writer: MailRenderer,
    letterhead: EnvelopeBuilder,
    carrier: C,
    tally: &Arc<MailCounts>,
) -> (DeliveryQueue, DeliveryTask) {
    let (door, mut waiting) = mpsc::unbounded_channel::<QueuedMail>();
    let places = Arc::new(Semaphore::new(QUEUE));
    let phase = Arc::new(watch::Sender::new(ShutdownPhase::Open));
    let round = Arc::new(DeliveryWorker {
        writer,
        letterhead,
        carrier,
        hands: Semaphore::new(AT_ONCE),
        phase: phase.clone(),
    });
    tokio::spawn(async move {
        while let Some(waiting) = waiting.recv().await {
            tokio::spawn(deliver(round.clone(), waiting));
        }
    });
    let queue = DeliveryQueue {
        places: places.clone(),
        door,
        tally: tally.clone(),
    };
    let outgoing = DeliveryTask {
        places,
        phase,
        tally: tally.clone(),
    };
    (queue, outgoing)
}

impl DeliveryQueue {
    /// Takes a message, if there is a place for it.
    pub(super) fn enqueue(&self, message: Message) -> bool {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return false;
        };
        let fate = MailOutcome {
            tally: self.tally.clone(),
            is_sent: false,
            _place: place,
        };
        // Where nobody is left to take it, it is counted all the same.
        let _ = self.door.send(QueuedMail { message, fate });
        true
    }

    /// How many wait, in whatever state.
    pub(super) fn waiting(&self) -> usize {
        QUEUE.saturating_sub(self.places.available_permits())
    }
}

impl DeliveryTask {
    /// Everything that waits is tried once more at once. What has not left within `grace` is lost;
    /// says how many are.
    pub(super) async fn finish(self, grace: Duration) -> u64 {
        let lost = || self.tally.lost.load(Ordering::Relaxed);
        let before = lost();
        let everything = || {
            self.places
                .acquire_many(u32::try_from(QUEUE).unwrap_or(u32::MAX))
        };
        self.phase.send_replace(ShutdownPhase::Last);
        if timeout(grace, everything()).await.is_err() {
            self.phase.send_replace(ShutdownPhase::Over);
            let _ = timeout(LAST_WORDS, everything()).await;
        }
        let lost = lost() - before;
        if lost > 0 {
            tracing::error!(lost, "emails were lost: the service stopped");
        }
        lost
    }
}

async fn deliver<C: Transport>(round: Arc<DeliveryWorker<C>>, waiting: QueuedMail) {
    let QueuedMail { message, mut fate } = waiting;
    let mut phase = round.phase.subscribe();
    tokio::select! {
        _ = phase.wait_for(|phase| *phase == ShutdownPhase::Over) => {}
        is_sent = round.deliver(message) => fate.is_sent = is_sent,
    }
}

impl<C: Transport> DeliveryWorker<C> {
    /// Tries until it is sent, or there is no hope.
    async fn deliver(&self, message: Message) -> bool {
        let mail = message.kind.name();
        let envelope = match self.letterhead.envelope(&self.writer.render(&message)) {
            Ok(envelope) => envelope,
            Err(error) => {
                tracing::error!(mail, %error, "an email was lost: it cannot be built");
                return false;
            }
        };
        let patience = backoff::retry_window(message.kind.facts().good_for);
        let since = Instant::now();
        let mut phase = self.phase.subscribe();
        for tries in 1.. {
            let (carried, no_more) = {
                let _hand = self.hands.acquire().await;
                if since.elapsed() > patience {
                    tracing::error!(mail, "an email was lost: it expired in the queue");
                    return false;
                }
                let no_more = *phase.borrow() != ShutdownPhase::Open;
                (self.carrier.send(&envelope).await, no_more)
            };
            let Err(why) = carried else {
                return true;
            };
            let pause = backoff::delay_after(tries);
            let is_hopeless = why.is_final() || no_more || since.elapsed() + pause > patience;
            why.log(mail, tries, is_hopeless);
            if is_hopeless {
                break;
            }
            let _ = timeout(pause, phase.wait_for(|phase| *phase != ShutdownPhase::Open)).await;
        }
        false
    }
}

//! The way out: letters wait in places of which there are only so many, and no request waits for
//! them.
//!
//! Each has a task of its own, and a few are carried at once: one that is deferred holds up no other.

mod pauses;
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
    Message, QUEUE, Tally, Writer,
    letterhead::{Letterhead, Parcel},
    undelivered::Undelivered,
};

/// How many are carried at once.
const AT_ONCE: usize = 4;
/// How long tasks have to notice that it is over.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Whoever takes letters to where they are read.
pub(super) trait Carrier: Send + Sync + 'static {
    /// Takes one there, or says why not.
    fn carry(&self, parcel: &Parcel) -> impl Future<Output = Result<(), Undelivered>> + Send;
}

/// Where letters are handed over.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    places: Arc<Semaphore>,
    door: mpsc::UnboundedSender<Waiting>,
    tally: Arc<Tally>,
}

/// What is to be said, and its place.
#[derive(Debug)]
struct Waiting {
    message: Message,
    fate: Fate,
}

/// What becomes of a message: it is lost unless something says that it was sent.
#[derive(Debug)]
struct Fate {
    tally: Arc<Tally>,
    is_sent: bool,
    _place: OwnedSemaphorePermit,
}

impl Drop for Fate {
    fn drop(&mut self) {
        let Tally { sent, lost } = &*self.tally;
        let count = if self.is_sent { sent } else { lost };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// How much time is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Enough.
    Open,
    /// For one more try of each.
    Last,
    /// None.
    Over,
}

/// What is on its way.
#[derive(Debug)]
pub(super) struct Outgoing {
    places: Arc<Semaphore>,
    phase: Arc<watch::Sender<Phase>>,
    tally: Arc<Tally>,
}

/// Everything that a delivery needs.
struct Round<C> {
    writer: Writer,
    letterhead: Letterhead,
    carrier: C,
    hands: Semaphore,
    phase: Arc<watch::Sender<Phase>>,
}

/// Opens a queue from which that carrier takes. Needs a runtime around it.
pub(super) fn open<C: Carrier>(
    writer: Writer,
    letterhead: Letterhead,
    carrier: C,
    tally: &Arc<Tally>,
) -> (Queue, Outgoing) {
    let (door, mut waiting) = mpsc::unbounded_channel::<Waiting>();
    let places = Arc::new(Semaphore::new(QUEUE));
    let phase = Arc::new(watch::Sender::new(Phase::Open));
    let round = Arc::new(Round {
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
    let queue = Queue {
        places: places.clone(),
        door,
        tally: tally.clone(),
    };
    let outgoing = Outgoing {
        places,
        phase,
        tally: tally.clone(),
    };
    (queue, outgoing)
}

impl Queue {
    /// Takes a message, if there is a place for it.
    pub(super) fn take(&self, message: Message) -> bool {
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            return false;
        };
        let fate = Fate {
            tally: self.tally.clone(),
            is_sent: false,
            _place: place,
        };
        // Where nobody is left to take it, it is counted all the same.
        let _ = self.door.send(Waiting { message, fate });
        true
    }

    /// How many wait, in whatever state.
    pub(super) fn waiting(&self) -> usize {
        QUEUE.saturating_sub(self.places.available_permits())
    }
}

impl Outgoing {
    /// Everything that waits is tried once more at once. What has not left within `grace` is lost;
    /// says how many are.
    pub(super) async fn finish(self, grace: Duration) -> u64 {
        let lost = || self.tally.lost.load(Ordering::Relaxed);
        let before = lost();
        let everything = || {
            self.places
                .acquire_many(u32::try_from(QUEUE).unwrap_or(u32::MAX))
        };
        self.phase.send_replace(Phase::Last);
        if timeout(grace, everything()).await.is_err() {
            self.phase.send_replace(Phase::Over);
            let _ = timeout(LAST_WORDS, everything()).await;
        }
        let lost = lost() - before;
        if lost > 0 {
            tracing::error!(lost, "emails were lost: the service stopped");
        }
        lost
    }
}

async fn deliver<C: Carrier>(round: Arc<Round<C>>, waiting: Waiting) {
    let Waiting { message, mut fate } = waiting;
    let mut phase = round.phase.subscribe();
    tokio::select! {
        _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
        is_sent = round.deliver(message) => fate.is_sent = is_sent,
    }
}

impl<C: Carrier> Round<C> {
    /// Tries until it is sent, or there is no hope.
    async fn deliver(&self, message: Message) -> bool {
        let mail = message.says.name();
        let parcel = match self.letterhead.parcel(&self.writer.write(&message)) {
            Ok(parcel) => parcel,
            Err(error) => {
                tracing::error!(mail, %error, "an email was lost: it cannot be built");
                return false;
            }
        };
        let patience = pauses::patience(message.says.facts().good_for);
        let since = Instant::now();
        let mut phase = self.phase.subscribe();
        for tries in 1.. {
            let (carried, no_more) = {
                let _hand = self.hands.acquire().await;
                if since.elapsed() > patience {
                    tracing::error!(mail, "an email was lost: it expired in the queue");
                    return false;
                }
                let no_more = *phase.borrow() != Phase::Open;
                (self.carrier.carry(&parcel).await, no_more)
            };
            let Err(why) = carried else {
                return true;
            };
            let pause = pauses::after(tries);
            let is_hopeless = why.is_final() || no_more || since.elapsed() + pause > patience;
            why.log(mail, tries, is_hopeless);
            if is_hopeless {
                break;
            }
            let _ = timeout(pause, phase.wait_for(|phase| *phase != Phase::Open)).await;
        }
        false
    }
}

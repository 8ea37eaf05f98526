//! Mail: what is said, and a bounded way out that no request waits for.

mod delivery;
mod letter;
mod letterhead;
mod message;
mod smtp;
mod terminal;
mod undelivered;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

pub use self::{letter::Letter, message::Message, smtp::Unusable};
use self::{letterhead::Letterhead, smtp::Smtp};
use crate::{clock::Clock, config, entropy::Entropy};

/// How many messages may wait. What does not fit is lost, counted and logged.
const QUEUE: usize = 1024;

/// There is no way to send mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no way to send mail is configured")]
pub struct Unavailable;

/// Messages that tests read instead of a mailbox.
pub type Outbox = Arc<Mutex<Vec<Message>>>;

/// A cheap handle on the way out.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: Transport,
    tally: Arc<Tally>,
}

/// What is still on its way when the service stops.
#[derive(Debug)]
pub struct Outgoing(Way);

#[derive(Debug)]
enum Way {
    Terminal(oneshot::Receiver<()>),
    Delivery(delivery::Outgoing),
}

impl Outgoing {
    /// Waits for it, but not longer than that; says how many mails were lost. Every handle of the
    /// mailer should be gone.
    pub async fn finish(self, grace: Duration) -> u64 {
        match self.0 {
            Way::Terminal(printed) => {
                let _ = tokio::time::timeout(grace, printed).await;
                0
            }
            Way::Delivery(outgoing) => outgoing.finish(grace).await,
        }
    }
}

/// What has become of messages.
#[derive(Debug, Default)]
struct Tally {
    sent: AtomicU64,
    lost: AtomicU64,
}

#[derive(Debug, Clone)]
enum Transport {
    None,
    Terminal(mpsc::Sender<Message>),
    Delivery(delivery::Queue),
    Outbox(Outbox),
}

impl Mailer {
    /// No way out at all.
    pub fn none() -> Self {
        Self::by(Transport::None)
    }

    /// Into a vector.
    pub fn outbox(outbox: Outbox) -> Self {
        Self::by(Transport::Outbox(outbox))
    }

    /// To standard output, for development, from a thread of its own: whoever reads us may be slow.
    /// Everything is printed once the last handle is gone.
    pub fn terminal() -> (Self, Outgoing) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (done, printed) = oneshot::channel();
        let mailer = Self::by(Transport::Terminal(sender));
        let tally = mailer.tally.clone();
        std::thread::spawn(move || {
            terminal::print(receiver, &tally);
            let _ = done.send(());
        });
        (mailer, Outgoing(Way::Terminal(printed)))
    }

    /// To that server, as somebody of `host`. Nothing is connected before there is a mail.
    ///
    /// # Errors
    /// No authority that could vouch for the server.
    pub fn smtp(
        config: &config::Smtp,
        host: &str,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<(Self, Outgoing), Unusable> {
        let letterhead = Letterhead::new(&config.from, clock, entropy)?;
        let carrier = Smtp::new(config, host)?;
        let tally = Arc::default();
        let (queue, outgoing) = delivery::open(letterhead, carrier, &tally);
        let mailer = Self {
            transport: Transport::Delivery(queue),
            tally,
        };
        Ok((mailer, Outgoing(Way::Delivery(outgoing))))
    }

    fn by(transport: Transport) -> Self {
        Self {
            transport,
            tally: Arc::default(),
        }
    }

    /// Whether anything can be sent at all. Asked before anything depends on who is asking.
    pub fn check(&self) -> Result<(), Unavailable> {
        if matches!(self.transport, Transport::None) {
            Err(Unavailable)
        } else {
            Ok(())
        }
    }

    /// How many messages have left.
    pub fn sent(&self) -> u64 {
        self.tally.sent.load(Ordering::Relaxed)
    }

    /// How many never will.
    pub fn lost(&self) -> u64 {
        self.tally.lost.load(Ordering::Relaxed)
    }

    /// How many wait to be sent.
    pub fn waiting(&self) -> usize {
        match &self.transport {
            Transport::Terminal(queue) => queue.max_capacity() - queue.capacity(),
            Transport::Delivery(queue) => queue.waiting(),
            Transport::None | Transport::Outbox(_) => 0,
        }
    }

    /// Hands a message over; never waits.
    pub fn send(&self, message: Message) {
        let taken = match &self.transport {
            Transport::None => false,
            Transport::Terminal(queue) => queue.try_send(message).is_ok(),
            Transport::Delivery(queue) => queue.take(message),
            Transport::Outbox(outbox) => {
                outbox
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message);
                self.tally.sent.fetch_add(1, Ordering::Relaxed);
                true
            }
        };
        if !taken {
            let lost = self.tally.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(lost, "a mail was lost: the queue is full");
        }
    }
}

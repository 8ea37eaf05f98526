//! Mail: what is said, and a bounded way out that no request waits for.

mod asked;
mod delivery;
mod letter;
mod letterhead;
mod message;
mod post;
mod samples;
mod smtp;
mod templates;
mod terminal;
mod undelivered;
mod words;
mod writer;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

pub use self::{
    asked::Asked,
    letter::Letter,
    message::{Message, Says},
    post::{Post, Unusable},
    undelivered::Undelivered,
    writer::Writer,
};

/// How many messages may wait. What does not fit is lost, counted and logged.
const QUEUE: usize = 1024;

/// There is no way to send mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no mail server is configured")]
pub struct Unavailable;

/// Letters that tests read instead of a mailbox.
pub type Outbox = Arc<Mutex<Vec<Letter>>>;

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
    Outbox(Writer, Outbox),
}

impl Mailer {
    /// No way out at all.
    pub fn none() -> Self {
        Self::by(Transport::None)
    }

    /// Into a vector.
    pub fn outbox(writer: Writer, outbox: Outbox) -> Self {
        Self::by(Transport::Outbox(writer, outbox))
    }

    /// To standard output, for development, from a thread of its own: whoever reads us may be slow.
    /// Everything is printed once the last handle is gone.
    pub fn terminal(writer: Writer) -> (Self, Outgoing) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (done, printed) = oneshot::channel();
        let mailer = Self::by(Transport::Terminal(sender));
        let tally = mailer.tally.clone();
        std::thread::spawn(move || {
            terminal::print(&writer, receiver, &tally);
            let _ = done.send(());
        });
        (mailer, Outgoing(Way::Terminal(printed)))
    }

    /// To a server. Nothing is connected before there is a mail. Needs a runtime around it.
    pub fn post(writer: Writer, post: Post) -> (Self, Outgoing) {
        let tally = Arc::default();
        let Post { letterhead, smtp } = post;
        let (queue, outgoing) = delivery::open(writer, letterhead, smtp, &tally);
        let mailer = Self {
            transport: Transport::Delivery(queue),
            tally,
        };
        (mailer, Outgoing(Way::Delivery(outgoing)))
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
            Transport::None | Transport::Outbox(..) => 0,
        }
    }

    /// Hands a message over; never waits.
    pub fn send(&self, message: Message) {
        let taken = match &self.transport {
            Transport::None => false,
            Transport::Terminal(queue) => queue.try_send(message).is_ok(),
            Transport::Delivery(queue) => queue.take(message),
            Transport::Outbox(writer, outbox) => {
                outbox
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(writer.write(&message));
                self.tally.sent.fetch_add(1, Ordering::Relaxed);
                true
            }
        };
        if !taken {
            let lost = self.tally.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(lost, "an email was lost: the queue is full");
        }
    }
}

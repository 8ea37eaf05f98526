//! Mail: what is said, and a bounded way out that no request waits for.

mod context;
mod delivery;
mod delivery_error;
mod envelope;
mod message;
mod rendered;
mod renderer;
mod samples;
mod smtp;
mod smtp_sender;
mod template_context;
mod templates;
mod terminal;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

pub use self::{
    context::MailContext,
    delivery_error::DeliveryError,
    message::{MailKind, Message},
    rendered::RenderedMail,
    renderer::MailRenderer,
    smtp_sender::{SmtpSender, SmtpSenderError},
};

/// How many messages may wait. What does not fit is lost, counted and logged.
const QUEUE: usize = 1024;

/// There is no way to send mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no mail server is configured")]
pub struct MailUnavailable;

/// Letters that tests read instead of a mailbox.
pub type Outbox = Arc<Mutex<Vec<RenderedMail>>>;

/// A cheap handle on the way out.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: MailTransport,
    counts: Arc<MailCounts>,
}

/// What is still on its way when the service stops.
#[derive(Debug)]
pub struct MailShutdown(ShutdownKind);

#[derive(Debug)]
enum ShutdownKind {
    Terminal(oneshot::Receiver<()>),
    Delivery(delivery::DeliveryTask),
}

impl MailShutdown {
    /// Waits for it, but not longer than that; says how many mails were lost. Every handle of the
    /// mailer should be gone.
    pub async fn finish(self, grace: Duration) -> u64 {
        match self.0 {
            ShutdownKind::Terminal(printed) => {
                let _ = tokio::time::timeout(grace, printed).await;
                0
            }
            ShutdownKind::Delivery(outgoing) => outgoing.finish(grace).await,
        }
    }
}

/// What has become of messages.
#[derive(Debug, Default)]
struct MailCounts {
    sent: AtomicU64,
    lost: AtomicU64,
}

#[derive(Debug, Clone)]
enum MailTransport {
    None,
    Terminal(mpsc::Sender<Message>),
    Delivery(delivery::DeliveryQueue),
    Outbox(MailRenderer, Outbox),
}

impl Mailer {
    /// No way out at all.
    pub fn none() -> Self {
        Self::by(MailTransport::None)
    }

    /// Into a vector.
    pub fn outbox(writer: MailRenderer, outbox: Outbox) -> Self {
        Self::by(MailTransport::Outbox(writer, outbox))
    }

    /// To standard output, for development, from a thread of its own: whoever reads us may be slow.
    /// Everything is printed once the last handle is gone.
    pub fn terminal(writer: MailRenderer) -> (Self, MailShutdown) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (done, printed) = oneshot::channel();
        let mailer = Self::by(MailTransport::Terminal(sender));
        let tally = mailer.counts.clone();
        std::thread::spawn(move || {
            terminal::print(&writer, receiver, &tally);
            let _ = done.send(());
        });
        (mailer, MailShutdown(ShutdownKind::Terminal(printed)))
    }

    /// To a server. Nothing is connected before there is a mail. Needs a runtime around it.
    pub fn post(writer: MailRenderer, post: SmtpSender) -> (Self, MailShutdown) {
        let tally = Arc::default();
        let SmtpSender { letterhead, smtp } = post;
        let (queue, outgoing) = delivery::open(writer, letterhead, smtp, &tally);
        let mailer = Self {
            transport: MailTransport::Delivery(queue),
            counts: tally,
        };
        (mailer, MailShutdown(ShutdownKind::Delivery(outgoing)))
    }

    fn by(transport: MailTransport) -> Self {
        Self {
            transport,
            counts: Arc::default(),
        }
    }

    /// Whether anything can be sent at all. Asked before anything depends on who is asking.
    pub fn check(&self) -> Result<(), MailUnavailable> {
        if matches!(self.transport, MailTransport::None) {
            Err(MailUnavailable)
        } else {
            Ok(())
        }
    }

    /// How many messages have left.
    pub fn sent(&self) -> u64 {
        self.counts.sent.load(Ordering::Relaxed)
    }

    /// How many never will.
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    /// How many wait to be sent.
    pub fn waiting(&self) -> usize {
        match &self.transport {
            MailTransport::Terminal(queue) => queue.max_capacity() - queue.capacity(),
            MailTransport::Delivery(queue) => queue.waiting(),
            MailTransport::None | MailTransport::Outbox(..) => 0,
        }
    }

    /// Hands a message over; never waits.
    pub fn send(&self, message: Message) {
        let taken = match &self.transport {
            MailTransport::None => false,
            MailTransport::Terminal(queue) => queue.try_send(message).is_ok(),
            MailTransport::Delivery(queue) => queue.enqueue(message),
            MailTransport::Outbox(writer, outbox) => {
                outbox
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(writer.render(&message));
                self.counts.sent.fetch_add(1, Ordering::Relaxed);
                true
            }
        };
        if !taken {
            let lost = self.counts.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(lost, "an email was lost: the queue is full");
        }
    }
}

//! Email: messages, their rendering in the user's language, and delivery by a bounded queue. No
//! request waits for a delivery.

mod context;
mod current_renderer;
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

use self::current_renderer::CurrentRenderer;
pub use self::{
    context::{MailContext, security_page},
    delivery_error::DeliveryError,
    message::{MailKind, Message},
    rendered::RenderedMail,
    renderer::MailRenderer,
    smtp_sender::{SmtpSender, SmtpSenderError},
};

/// The number of messages that may wait. A further message is lost, counted and logged.
const QUEUE_CAPACITY: usize = 1024;

/// No mail server is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no mail server is configured: set mail.url and mail.from")]
pub struct MailUnavailable;

/// The rendered emails of [`Mailer::outbox`], which tests read in place of a mailbox.
pub type Outbox = Arc<Mutex<Vec<RenderedMail>>>;

/// A cheap handle for sending emails.
#[derive(Debug, Clone)]
pub struct Mailer {
    transport: MailTransport,
    /// Absent if nothing is sent.
    renderer: Option<CurrentRenderer>,
    counts: Arc<MailCounts>,
}

/// The deliveries that are still in progress when the service stops.
#[derive(Debug)]
pub struct MailShutdown(ShutdownKind);

#[derive(Debug)]
enum ShutdownKind {
    Terminal(oneshot::Receiver<()>),
    Delivery(delivery::DeliveryTask),
}

impl MailShutdown {
    /// Waits at most `grace` for the remaining deliveries and returns the number of lost emails.
    /// Every handle of the mailer should have been dropped before.
    pub async fn finish(self, grace: Duration) -> u64 {
        match self.0 {
            ShutdownKind::Terminal(printed) => {
                let _ = tokio::time::timeout(grace, printed).await;
                0
            }
            ShutdownKind::Delivery(task) => task.finish(grace).await,
        }
    }
}

/// The number of sent and of lost messages.
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
    Outbox(CurrentRenderer, Outbox),
}

impl Mailer {
    /// Returns a mailer that sends nothing; [`check`](Self::check) fails.
    pub fn none() -> Self {
        Self::with(MailTransport::None, None)
    }

    /// Returns a mailer that renders every message into `outbox`.
    pub fn outbox(renderer: MailRenderer, outbox: Outbox) -> Self {
        let renderer = CurrentRenderer::new(renderer);
        let transport = MailTransport::Outbox(renderer.clone(), outbox);
        Self::with(transport, Some(renderer))
    }

    /// Returns a mailer for development, which prints to standard output. A separate thread prints,
    /// because the reader of standard output may be slow. [`MailShutdown::finish`] waits until the last
    /// handle is dropped and everything is printed.
    pub fn terminal(renderer: MailRenderer) -> (Self, MailShutdown) {
        let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
        let (done, printed) = oneshot::channel();
        let renderer = CurrentRenderer::new(renderer);
        let mailer = Self::with(MailTransport::Terminal(sender), Some(renderer.clone()));
        let counts = mailer.counts.clone();
        std::thread::spawn(move || {
            terminal::print(&renderer, receiver, &counts);
            let _ = done.send(());
        });
        (mailer, MailShutdown(ShutdownKind::Terminal(printed)))
    }

    /// Returns a mailer that delivers to an SMTP server. It connects when the first email is sent.
    /// The caller must be inside a Tokio runtime.
    pub fn post(renderer: MailRenderer, sender: SmtpSender) -> (Self, MailShutdown) {
        let counts = Arc::default();
        let renderer = CurrentRenderer::new(renderer);
        let SmtpSender {
            envelope_builder,
            smtp,
        } = sender;
        let (queue, task) = delivery::open(renderer.clone(), envelope_builder, smtp, &counts);
        let mailer = Self {
            transport: MailTransport::Delivery(queue),
            renderer: Some(renderer),
            counts,
        };
        (mailer, MailShutdown(ShutdownKind::Delivery(task)))
    }

    fn with(transport: MailTransport, renderer: Option<CurrentRenderer>) -> Self {
        Self {
            transport,
            renderer,
            counts: Arc::default(),
        }
    }

    /// Renders the emails that are sent from now on with `renderer`, waiting ones included.
    pub fn replace_renderer(&self, renderer: MailRenderer) {
        if let Some(current) = &self.renderer {
            current.replace(renderer);
        }
    }

    /// Checks that emails can be sent. Callers check before they look up the user, so that the error
    /// does not depend on the user.
    ///
    /// # Errors
    /// No mail server is configured.
    pub fn check(&self) -> Result<(), MailUnavailable> {
        if matches!(self.transport, MailTransport::None) {
            Err(MailUnavailable)
        } else {
            Ok(())
        }
    }

    /// Returns the number of messages that were sent.
    pub fn sent(&self) -> u64 {
        self.counts.sent.load(Ordering::Relaxed)
    }

    /// Returns the number of messages that were lost.
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    /// Returns the number of messages that wait or are being sent.
    pub fn waiting(&self) -> usize {
        match &self.transport {
            MailTransport::Terminal(queue) => queue.max_capacity() - queue.capacity(),
            MailTransport::Delivery(queue) => queue.waiting(),
            MailTransport::None | MailTransport::Outbox(..) => 0,
        }
    }

    /// Puts a message into the queue without waiting. A message is lost if the queue is full.
    pub fn send(&self, message: Message) {
        let is_accepted = match &self.transport {
            MailTransport::None => false,
            MailTransport::Terminal(queue) => queue.try_send(message).is_ok(),
            MailTransport::Delivery(queue) => queue.enqueue(message),
            MailTransport::Outbox(renderer, outbox) => {
                outbox
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(renderer.render(&message));
                self.counts.sent.fetch_add(1, Ordering::Relaxed);
                true
            }
        };
        if !is_accepted {
            let lost = self.counts.lost.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::error!(lost, "an email was lost: the queue is full");
        }
    }
}

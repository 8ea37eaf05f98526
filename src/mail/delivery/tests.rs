use std::{collections::HashMap, sync::Mutex};

use chrono::{TimeDelta, TimeZone, Utc};
use tokio::time::sleep;

use super::{super::delivery_error::DeliveryStage, *};
use crate::{
    clock::Clock,
    config::Sender,
    entropy::Entropy,
    identity::EmailAddress,
    locale::{Locale, Translations},
    mail::{MailKind, MailRenderer},
};

/// The times of the attempts for each recipient, in seconds since the start.
type Attempts = Arc<Mutex<HashMap<String, Vec<u64>>>>;

/// A transport whose result depends on the recipient's first word.
struct TestTransport {
    started: Instant,
    attempts: Attempts,
}

impl Transport for TestTransport {
    async fn send(&self, envelope: &Envelope) -> Result<(), DeliveryError> {
        let now = self.started.elapsed().as_secs();
        let to = envelope.to.to_string();
        let nth = {
            let mut attempts = self.attempts.lock().unwrap();
            let attempts = attempts.entry(to.clone()).or_default();
            attempts.push(now);
            attempts.len()
        };
        match to.split('.').next().unwrap() {
            "deferred" | "brief" => Err(DeliveryError::with_code(DeliveryStage::Recipient, 451)),
            "twice" if nth <= 2 => {
                Err(DeliveryError::because(DeliveryStage::Connection, "refused"))
            }
            "refused" => Err(DeliveryError::with_code(DeliveryStage::Recipient, 550)),
            "barred" if nth <= 3 => Err(DeliveryError::with_code(DeliveryStage::Login, 535)),
            "panics" => panic!("a bug"),
            "slow" => {
                sleep(Duration::from_mins(20)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// A queue with a [`TestTransport`].
struct TestQueue {
    queue: DeliveryQueue,
    task: DeliveryTask,
    counts: Arc<MailCounts>,
    attempts: Attempts,
}

impl TestQueue {
    fn new() -> Self {
        let (counts, attempts) = (Arc::<MailCounts>::default(), Attempts::default());
        let from = Sender {
            name: None,
            address: EmailAddress::parse("no-reply@example.com").unwrap(),
        };
        let clock = Clock::from_fn(|| Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap());
        let envelope_builder = EnvelopeBuilder::new(&from, clock, Entropy::system()).unwrap();
        let transport = TestTransport {
            started: Instant::now(),
            attempts: attempts.clone(),
        };
        let (queue, task) = open(
            CurrentRenderer::new(MailRenderer::built_in(Translations::built_in())),
            envelope_builder,
            transport,
            &counts,
        );
        Self {
            queue,
            task,
            counts,
            attempts,
        }
    }

    fn enqueue(&self, local: &str) -> bool {
        let to = EmailAddress::parse(&format!("{local}.x@example.com")).unwrap();
        let url = "https://example.com".to_owned();
        let kind = match local {
            "brief" => MailKind::LogIn {
                code: None,
                link: url,
                lifetime: TimeDelta::minutes(10),
            },
            _ => MailKind::AlreadySignedUp { page: url },
        };
        self.queue.enqueue(Message {
            to,
            locale: Locale::English,
            kind,
        })
    }

    fn attempts(&self, local: &str) -> Vec<u64> {
        let attempts = self.attempts.lock().unwrap();
        attempts
            .get(&format!("{local}.x@example.com"))
            .cloned()
            .unwrap_or_default()
    }

    /// Returns the numbers of sent, lost and waiting mails.
    fn counts(&self) -> (u64, u64, usize) {
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        (
            load(&self.counts.sent),
            load(&self.counts.lost),
            self.queue.waiting(),
        )
    }
}

/// Advances the paused clock.
async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn deferred_mail_is_retried_for_half_an_hour_without_delaying_others() {
    let test = TestQueue::new();
    for local in ["deferred", "twice", "barred", "at-once"] {
        assert!(test.enqueue(local));
    }
    pass(1).await;
    assert_eq!(test.attempts("at-once"), [0]);
    assert_eq!(test.counts(), (1, 0, 3));
    pass(60).await;
    assert_eq!(test.attempts("twice"), [0, 5, 15]);
    assert_eq!(test.attempts("barred"), [0, 5, 15, 35]);
    assert_eq!(test.counts(), (3, 0, 1));
    pass(3600).await;
    let all = [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215, 1515];
    assert_eq!(test.attempts("deferred"), all);
    assert_eq!(test.counts(), (3, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn mail_is_not_retried_after_its_link_has_expired() {
    let test = TestQueue::new();
    assert!(test.enqueue("brief"));
    pass(3600).await;
    assert_eq!(test.attempts("brief"), [0, 5, 15, 35, 75, 155, 315]);
    assert_eq!(test.counts(), (0, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn refused_mail_and_panicking_delivery_are_lost_without_retry() {
    let test = TestQueue::new();
    assert!(test.enqueue("refused"));
    assert!(test.enqueue("panics"));
    pass(3600).await;
    assert_eq!(test.attempts("refused"), [0]);
    assert_eq!(test.counts(), (0, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn full_queue_rejects_further_mails() {
    let test = TestQueue::new();
    for number in 0..QUEUE_CAPACITY {
        assert!(test.enqueue(["deferred", "slow"][number % 2]));
    }
    pass(60).await;
    assert_eq!(test.counts(), (0, 0, QUEUE_CAPACITY));
    assert!(!test.enqueue("at-once"));
    assert!(!test.enqueue("at-once"));
    // The mailer counts the rejected mails, not the queue.
    assert_eq!(test.counts(), (0, 0, QUEUE_CAPACITY));
}

#[tokio::test(start_paused = true)]
async fn concurrency_is_limited_and_expired_mail_is_lost() {
    let test = TestQueue::new();
    for _ in 0..9 {
        assert!(test.enqueue("slow"));
    }
    pass(1).await;
    assert_eq!(test.attempts("slow").len(), MAX_CONCURRENT);
    pass(20 * 60).await;
    assert_eq!(test.attempts("slow").len(), 2 * MAX_CONCURRENT);
    // The ninth mail would be sent after forty minutes.
    pass(20 * 60).await;
    assert_eq!(test.attempts("slow").len(), 2 * MAX_CONCURRENT);
    assert_eq!(test.counts(), (8, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn shutdown_tries_every_mail_once_more_without_delay() {
    let test = TestQueue::new();
    for local in ["deferred", "twice", "slow"] {
        assert!(test.enqueue(local));
    }
    pass(7).await;
    assert_eq!(test.attempts("twice"), [0, 5]);
    let TestQueue {
        queue,
        task,
        counts,
        attempts,
    } = test;
    let lost = task.finish(Duration::from_secs(10)).await;
    assert_eq!(lost, 2);
    let attempts =
        |local: &str| attempts.lock().unwrap()[&format!("{local}.x@example.com")].clone();
    assert_eq!(attempts("twice"), [0, 5, 7]);
    assert_eq!(attempts("deferred"), [0, 5, 7]);
    // The slow mail was still being sent when the grace period ended.
    assert_eq!(attempts("slow"), [0]);
    assert_eq!(counts.sent.load(Ordering::Relaxed), 1);
    assert_eq!(counts.lost.load(Ordering::Relaxed), 2);
    assert_eq!(queue.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn shutdown_of_an_empty_queue_returns_immediately() {
    let test = TestQueue::new();
    assert!(test.enqueue("at-once"));
    pass(1).await;
    let before = Instant::now();
    assert_eq!(test.task.finish(Duration::from_secs(10)).await, 0);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

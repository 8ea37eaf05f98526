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
    mail::MailKind,
};

/// When each address was tried, in seconds from the start.
type Tries = Arc<Mutex<HashMap<String, Vec<u64>>>>;

/// Answers by the first letter of the address.
struct Server {
    since: Instant,
    tries: Tries,
}

impl Transport for Server {
    async fn send(&self, envelope: &Envelope) -> Result<(), DeliveryError> {
        let now = self.since.elapsed().as_secs();
        let to = envelope.to.to_string();
        let nth = {
            let mut tries = self.tries.lock().unwrap();
            let tries = tries.entry(to.clone()).or_default();
            tries.push(now);
            tries.len()
        };
        match to.split('.').next().unwrap() {
            "deferred" | "brief" => Err(DeliveryError::answered(DeliveryStage::Recipient, 451)),
            "twice" if nth <= 2 => {
                Err(DeliveryError::because(DeliveryStage::Connection, "refused"))
            }
            "refused" => Err(DeliveryError::answered(DeliveryStage::Recipient, 550)),
            "barred" if nth <= 3 => Err(DeliveryError::answered(DeliveryStage::Login, 535)),
            "panics" => panic!("a bug"),
            "slow" => {
                sleep(Duration::from_mins(20)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

struct Post {
    queue: DeliveryQueue,
    outgoing: DeliveryTask,
    tally: Arc<MailCounts>,
    tries: Tries,
}

impl Post {
    fn new() -> Self {
        let (tally, tries) = (Arc::<MailCounts>::default(), Tries::default());
        let from = Sender {
            name: None,
            address: EmailAddress::parse("no-reply@example.com").unwrap(),
        };
        let clock = Clock::from_fn(|| Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap());
        let letterhead = EnvelopeBuilder::new(&from, clock, Entropy::system()).unwrap();
        let server = Server {
            since: Instant::now(),
            tries: tries.clone(),
        };
        let (queue, outgoing) = open(
            MailRenderer::built_in(Translations::built_in()),
            letterhead,
            server,
            &tally,
        );
        Self {
            queue,
            outgoing,
            tally,
            tries,
        }
    }

    fn take(&self, local: &str) -> bool {
        let to = EmailAddress::parse(&format!("{local}.x@example.com")).unwrap();
        let url = "https://example.com".to_owned();
        let says = match local {
            "brief" => MailKind::LogIn {
                link: url,
                good_for: TimeDelta::minutes(10),
            },
            _ => MailKind::AlreadySignedUp { page: url },
        };
        self.queue.enqueue(Message {
            to,
            locale: Locale::English,
            kind: says,
        })
    }

    fn tries(&self, local: &str) -> Vec<u64> {
        let tries = self.tries.lock().unwrap();
        tries
            .get(&format!("{local}.x@example.com"))
            .cloned()
            .unwrap_or_default()
    }

    /// Sent, lost, waiting.
    fn counts(&self) -> (u64, u64, usize) {
        let count = |it: &std::sync::atomic::AtomicU64| it.load(Ordering::Relaxed);
        (
            count(&self.tally.sent),
            count(&self.tally.lost),
            self.queue.waiting(),
        )
    }
}

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_deferred_is_tried_again_for_half_an_hour_and_holds_up_nobody() {
    let post = Post::new();
    for local in ["deferred", "twice", "barred", "at-once"] {
        assert!(post.take(local));
    }
    pass(1).await;
    assert_eq!(post.tries("at-once"), [0]);
    assert_eq!(post.counts(), (1, 0, 3));
    pass(60).await;
    assert_eq!(post.tries("twice"), [0, 5, 15]);
    assert_eq!(post.tries("barred"), [0, 5, 15, 35]);
    assert_eq!(post.counts(), (3, 0, 1));
    pass(3600).await;
    let all = [0, 5, 15, 35, 75, 155, 315, 615, 915, 1215, 1515];
    assert_eq!(post.tries("deferred"), all);
    assert_eq!(post.counts(), (3, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_link_that_is_dead_is_not_sent_any_more() {
    let post = Post::new();
    assert!(post.take("brief"));
    pass(3600).await;
    assert_eq!(post.tries("brief"), [0, 5, 15, 35, 75, 155, 315]);
    assert_eq!(post.counts(), (0, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_lost_at_once_and_so_is_what_a_bug_swallows() {
    let post = Post::new();
    assert!(post.take("refused"));
    assert!(post.take("panics"));
    pass(3600).await;
    assert_eq!(post.tries("refused"), [0]);
    assert_eq!(post.counts(), (0, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn there_are_only_so_many_places_whatever_letters_wait_for() {
    let post = Post::new();
    for number in 0..QUEUE {
        assert!(post.take(["deferred", "slow"][number % 2]));
    }
    pass(60).await;
    assert_eq!(post.counts(), (0, 0, QUEUE));
    assert!(!post.take("at-once"));
    assert!(!post.take("at-once"));
    // Whoever turns a letter away counts it.
    assert_eq!(post.counts(), (0, 0, QUEUE));
}

#[tokio::test(start_paused = true)]
async fn a_few_are_carried_at_once_and_what_waits_too_long_is_lost() {
    let post = Post::new();
    for _ in 0..9 {
        assert!(post.take("slow"));
    }
    pass(1).await;
    assert_eq!(post.tries("slow").len(), AT_ONCE);
    pass(20 * 60).await;
    assert_eq!(post.tries("slow").len(), 2 * AT_ONCE);
    // The ninth's turn would come after forty minutes.
    pass(20 * 60).await;
    assert_eq!(post.tries("slow").len(), 2 * AT_ONCE);
    assert_eq!(post.counts(), (8, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn at_the_end_everything_is_tried_once_more_at_once() {
    let post = Post::new();
    for local in ["deferred", "twice", "slow"] {
        assert!(post.take(local));
    }
    pass(7).await;
    assert_eq!(post.tries("twice"), [0, 5]);
    let Post {
        queue,
        outgoing,
        tally,
        tries,
    } = post;
    let lost = outgoing.finish(Duration::from_secs(10)).await;
    assert_eq!(lost, 2);
    let tries = |local: &str| tries.lock().unwrap()[&format!("{local}.x@example.com")].clone();
    assert_eq!(tries("twice"), [0, 5, 7]);
    assert_eq!(tries("deferred"), [0, 5, 7]);
    // That one was still on its way when the time was over.
    assert_eq!(tries("slow"), [0]);
    assert_eq!(tally.sent.load(Ordering::Relaxed), 1);
    assert_eq!(tally.lost.load(Ordering::Relaxed), 2);
    assert_eq!(queue.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_end_with_nothing_to_do_is_an_end_at_once() {
    let post = Post::new();
    assert!(post.take("at-once"));
    pass(1).await;
    let before = Instant::now();
    assert_eq!(post.outgoing.finish(Duration::from_secs(10)).await, 0);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

//! The retries, in paused time.

use std::sync::Mutex;

use tokio::time::Instant;

use super::{
    delivery::{NotificationError, Outcome, try_repeatedly},
    *,
};

/// Sends with these answers, one for each request, and returns the outcome and the seconds of the requests.
async fn answered(statuses: &[u16]) -> (Outcome, Vec<u64>) {
    let began = Instant::now();
    let (sent, phase) = (Mutex::new(Vec::new()), watch::Sender::new(Phase::Open));
    let outcome = try_repeatedly("app", phase.subscribe(), || {
        let mut sent = sent.lock().unwrap();
        let status = statuses[sent.len()];
        sent.push(began.elapsed().as_secs());
        std::future::ready(match status {
            200 => Ok(()),
            status => Err(NotificationError::Status(status)),
        })
    });
    (outcome.await, sent.into_inner().unwrap())
}

#[tokio::test(start_paused = true)]
async fn temporary_failures_are_retried_after_5_seconds_30_seconds_and_5_minutes() {
    let failed = answered(&[500, 503, 429, 502]).await;
    assert_eq!(failed, (Outcome::Failed, vec![0, 5, 35, 335]));
    let delivered = answered(&[500, 503, 200]).await;
    assert_eq!(delivered, (Outcome::Delivered, vec![0, 5, 35]));
}

#[tokio::test(start_paused = true)]
async fn refusals_of_the_client_are_final() {
    for status in [400, 401, 404, 302] {
        assert_eq!(answered(&[status]).await, (Outcome::Failed, vec![0]));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_tried_again_when_the_service_stops() {
    let phase = watch::Sender::new(Phase::Open);
    let trying = try_repeatedly("app", phase.subscribe(), || {
        std::future::ready(Err(NotificationError::Status(502)))
    });
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        phase.send_replace(Phase::Last);
    };
    let began = Instant::now();
    let (outcome, ()) = tokio::join!(trying, stopping);
    assert_eq!(outcome, Outcome::Dropped);
    assert_eq!(began.elapsed(), Duration::from_secs(7));
}

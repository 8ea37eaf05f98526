//! The retries, in paused time.

use std::sync::Mutex;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    delivery::{NotificationError, Outcome, RETRIES, try_repeatedly},
    *,
};
use crate::token::tests::fixture::{Mint, now};

/// Sends with these answers, one for each request, and returns the outcome and the seconds of the requests.
async fn answered(statuses: &[u16]) -> (Outcome, Vec<u64>) {
    let began = Instant::now();
    let (sent, phase) = (
        Mutex::new(Vec::new()),
        watch::Sender::new(ShutdownPhase::Running),
    );
    let outcome = try_repeatedly("app", &RETRIES, phase.subscribe(), || {
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
    let phase = watch::Sender::new(ShutdownPhase::Running);
    let trying = try_repeatedly("app", &RETRIES, phase.subscribe(), || {
        std::future::ready(Err(NotificationError::Status(502)))
    });
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        phase.send_replace(ShutdownPhase::Draining);
    };
    let began = Instant::now();
    let (outcome, ()) = tokio::join!(trying, stopping);
    assert_eq!(outcome, Outcome::Stopped);
    assert_eq!(began.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn every_request_has_a_token_of_its_time_by_the_clock_of_the_service() {
    let began = Instant::now();
    let clock = Clock::from_fn(move || now() + TimeDelta::from_std(began.elapsed()).unwrap());
    let mint = Mint::new();
    let client_id = mint.tokens.clients().iter().next().unwrap();
    let client_id = client_id.client_id.clone();
    let logouts = BackchannelLogout::new(mint.tokens, None, clock, Entropy::system());
    let ended = LogoutSubject {
        user: "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap(),
        sid: Some("the-login".to_owned()),
    };
    let phase = watch::Sender::new(ShutdownPhase::Running);
    let tokens = Mutex::new(Vec::new());
    let outcome = try_repeatedly(&client_id, &RETRIES, phase.subscribe(), || {
        let token = logouts.0.token(&client_id, &ended).unwrap();
        tokens.lock().unwrap().push(token);
        std::future::ready(Err(NotificationError::Status(503)))
    });
    assert_eq!(outcome.await, Outcome::Failed);
    let tokens = tokens.into_inner().unwrap();
    let claims = tokens.iter().map(|token| -> Value {
        let claims = token.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    });
    let claims: Vec<_> = claims.collect();
    let since = |name: &str| {
        let times = claims.iter().map(|claims| claims[name].as_i64().unwrap());
        times
            .map(|time| time - now().timestamp())
            .collect::<Vec<_>>()
    };
    assert_eq!(since("iat"), [0, 5, 35, 335]);
    assert_eq!(since("exp"), [120, 125, 155, 455]);
    let mut ids: Vec<_> = claims.iter().map(|it| it["jti"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

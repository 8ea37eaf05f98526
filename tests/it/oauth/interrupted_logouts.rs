//! Logouts whose caller hangs up, whose outcome is unknown, or during which the service stops: the clients are
//! notified after the write.

use std::{pin::pin, time::Duration};

use serde_json::json;
use signet::identity::UserId;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::{sync::oneshot, time::timeout};

use super::backchannel_logout::{Client, service, until};
use crate::support::TestService;

#[tokio::test]
async fn caller_that_hangs_up_stops_neither_the_write_nor_the_notification() {
    let app = Client::answering(200).await;
    let service = service(&[&app]).await;
    let ada = service.signed_up("ada@example.com").await;
    let database = &service.database.url;
    let mut other = SqliteConnection::connect(database).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();

    // The write waits for the lock, and the caller hangs up.
    let request = ada.post("/logout/everywhere", json!({}));
    let answer = timeout(Duration::from_millis(500), request).await;
    assert!(answer.is_err());
    assert!(app.tokens().is_empty(), "no session has ended");

    other.execute("COMMIT").await.unwrap();
    until(|| app.tokens().len() == 1).await;
    assert_eq!(app.claims()[0]["sub"], json!(ada.id()));
    ada.refresh().await.assert_status(401);
}

/// The thief of a session hangs up so that the notice to the owner is lost with the request.
#[tokio::test]
async fn owner_is_notified_of_a_new_password_although_the_caller_hangs_up() {
    let service = service(&[]).await;
    let ada = service.signed_up("ada@example.com").await;
    let mails = || service.outbox.lock().unwrap().len();
    let before = mails();
    let database = &service.database.url;
    let mut other = SqliteConnection::connect(database).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();

    let changed = json!({"new_password": "another good password"});
    let request = ada.send_json("PUT", "/password", changed);
    let answer = timeout(Duration::from_millis(1_500), request).await;
    assert!(answer.is_err());
    assert_eq!(mails(), before);

    other.execute("COMMIT").await.unwrap();
    until(|| mails() == before + 1).await;
    let notice = service.outbox.lock().unwrap().last().unwrap().clone();
    assert!(notice.subject.contains("password"), "{}", notice.subject);
}

/// A user, and the end of a write that waits until it is sent.
fn write(service: &TestService) -> (UserId, oneshot::Sender<bool>, oneshot::Receiver<bool>) {
    let user = UserId::new(service.clock.now(), &service.app.entropy).unwrap();
    let (commit, committed) = oneshot::channel();
    (user, commit, committed)
}

#[tokio::test]
async fn clients_are_notified_after_the_write_unless_nothing_has_ended() {
    let app = Client::answering(200).await;
    let service = service(&[&app]).await;
    let clients = &service.app.backchannel_logout;
    for (number, outcome) in [Some(true), None, Some(false)].into_iter().enumerate() {
        let (user, commit, committed) = write(&service);
        let mut ending = pin!(clients.notify_after(user, committed, |ended| *ended));
        let early = timeout(Duration::from_millis(20), ending.as_mut()).await;
        assert!(early.is_err());
        assert_eq!(app.tokens().len(), number, "not before the write");
        match outcome {
            Some(ended) => commit.send(ended).unwrap(),
            // The database may have committed although the write fails.
            None => drop(commit),
        }
        assert_eq!(ending.await.ok(), outcome);
        if outcome != Some(false) {
            until(|| app.tokens().len() == number + 1).await;
            assert_eq!(app.claims()[number]["sub"], json!(user));
        }
    }
    // A stop waits for writes and notifications in flight.
    assert_eq!(clients.finish(Duration::from_secs(5)).await, 0);
    assert_eq!((app.tokens().len(), clients.delivered()), (2, 2));
}

#[tokio::test]
async fn stop_waits_for_the_write_and_its_notification() {
    let app = Client::answering(200).await;
    let service = service(&[&app]).await;
    let clients = &service.app.backchannel_logout;
    let (user, commit, committed) = write(&service);
    let committing = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        commit.send(true).unwrap();
    };
    let (ended, dropped, ()) = tokio::join!(
        clients.notify_after(user, committed, |ended| *ended),
        clients.finish(Duration::from_secs(5)),
        committing
    );
    assert_eq!(ended, Ok(true));
    assert_eq!((dropped, app.tokens().len()), (0, 1));
}

//! The responses of the old service.

use std::sync::Arc;

use axum::response::Response;
use futures_util::future::join;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{ADA, BOB, WEAK, assert_counts, users};
use crate::support::{
    Engine, PASSWORD,
    migration::{OldService, held_until},
    stub::{answer, html, json as json_answer, padded, redirect},
};

#[tokio::test]
async fn refusal_costs_one_hash_and_is_answered_like_a_wrong_password() {
    let old = OldService::start();
    let service = old.asked_by(Engine::Sqlite, "").await;
    service.signed_up(BOB).await;
    let known = service.anon().log_in(BOB, WEAK).await;
    known.assert_problem(401, "invalid_credentials");
    for (number, status) in (1..).zip([401, 403, 404]) {
        old.responds(move |_| answer(status, "text/html", "<p>no"));
        let hashed = service.app.hasher.performed();
        let refused = service.anon().log_in(ADA, PASSWORD).await;
        assert_eq!(refused.comparable(), known.comparable(), "{status}");
        assert_eq!(service.app.hasher.performed(), hashed + 1, "{status}");
        assert_counts(&service, [0, number, 0]);
    }
    assert_eq!(users(&service).await, 1);
}

/// The name of a case and its response.
type Case = (&'static str, Box<dyn Fn() -> Response + Send>);

#[tokio::test]
async fn every_other_response_is_503_and_creates_nobody() {
    let old = OldService::start();
    let service = old.asked_by(Engine::Sqlite, "").await;
    let right = || json!({"email_verified": true});
    let elsewhere = format!("http://{}/elsewhere", old.address);
    let responses: [Case; 12] = [
        ("500", Box::new(move || json_answer(500, &right()))),
        ("503", Box::new(move || json_answer(503, &right()))),
        ("429", Box::new(move || json_answer(429, &right()))),
        ("400", Box::new(move || json_answer(400, &right()))),
        ("201", Box::new(move || json_answer(201, &right()))),
        ("redirect", Box::new(move || redirect(&elsewhere))),
        ("page", Box::new(|| html(200))),
        ("empty", Box::new(|| answer(200, "application/json", ""))),
        ("no member", Box::new(|| json_answer(200, &json!({})))),
        (
            "text",
            Box::new(|| json_answer(200, &json!({"email_verified": "yes"}))),
        ),
        (
            "number as id",
            Box::new(|| json_answer(200, &json!({"email_verified": true, "id": 42}))),
        ),
        (
            "too long",
            Box::new(move || json_answer(200, &padded(right()))),
        ),
    ];
    let mut failed = 0;
    for (case, response) in responses {
        old.responds(move |_| response());
        let answer = service.anon().log_in(ADA, PASSWORD).await;
        answer.assert_problem(503, "unavailable");
        assert_ne!(answer.header("retry-after"), "", "{case}");
        failed += 1;
        assert_counts(&service, [0, 0, failed]);
        assert_eq!(old.asked().len(), failed as usize, "{case}");
    }
    old.stop();
    let answer = service.anon().log_in(ADA, PASSWORD).await;
    answer.assert_problem(503, "unavailable");
    assert_eq!(users(&service).await, 0);
    assert_eq!(service.app.hasher.performed(), 0);

    old.restart();
    old.knows(ADA, PASSWORD, right());
    service.anon().logged_in(ADA).await;
}

#[tokio::test]
async fn unusable_name_and_image_are_dropped() {
    let old = OldService::start();
    let user = json!({"email_verified": true, "name": "a\nb", "image": "http://example.com/a.png"});
    old.knows(ADA, PASSWORD, user);
    let service = old.asked_by(Engine::Sqlite, "").await;
    let me = service.anon().logged_in(ADA).await.get("/me").await.json();
    assert!(me["name"].is_null() && me["image"].is_null(), "{me}");
}

/// The user has changed the email here, and the old service still knows the former one.
#[tokio::test]
async fn id_of_a_user_with_another_email_logs_nobody_in() {
    let old = OldService::start();
    let service = old.asked_by(Engine::Sqlite, "").await;
    let user = json!({"email_verified": true, "id": "42"});
    old.knows(ADA, PASSWORD, user.clone());
    service.anon().logged_in(ADA).await;
    old.knows(BOB, PASSWORD, user);
    let refused = service.anon().log_in(BOB, PASSWORD).await;
    refused.assert_problem(401, "invalid_credentials");
    assert_eq!(users(&service).await, 1);
}

#[tokio::test]
async fn login_waits_for_its_turn_and_for_the_old_service_within_the_timeout() {
    let old = OldService::start();
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    old.responds(move |_| held_until(&held, 1, &json!({"email_verified": true})));
    let settings = "migration.timeout = '1s'\nmigration.concurrency = 1\n\
                    password.workers = 1\npassword.queue = 3";
    let service = old.asked_by(Engine::Sqlite, settings).await;
    service.signed_up(BOB).await;
    let anon = service.anon();
    let known = async {
        while old.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        // Logins that wait for the old service take no place from others.
        for _ in 0..3 {
            service.anon().logged_in(BOB).await;
        }
        assert_eq!(old.asked().len(), 1);
    };
    let waiting = join(
        anon.log_in(ADA, PASSWORD),
        anon.log_in("c@example.com", PASSWORD),
    );
    let ((silent, busy), ()) = join(waiting, known).await;
    silent.assert_problem(503, "unavailable");
    busy.assert_problem(503, "unavailable");
    assert_counts(&service, [0, 0, 2]);
    assert_eq!(users(&service).await, 1);

    gate.add_permits(1);
    service.anon().logged_in(ADA).await;
}

//! Attacks from many networks, bounded in count.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;
use signet::network::Network;

use super::{ADA, WRONG, limited, try_with};
use crate::support::{PASSWORD, TestService};

const PROXY: &str = "10.1.2.3";

async fn behind_proxy(settings: &str) -> TestService {
    TestService::with(&format!(
        "limits.enabled = true\nhttp.trusted_proxies = ['10.0.0.0/8']\n{settings}"
    ))
    .await
}

/// Tries a wrong password from a network behind the proxy.
async fn guess(service: &TestService, network: &str, email: &str) -> u16 {
    let headers = [("x-forwarded-for", network)];
    try_with(service, PROXY, &headers, email).await.status
}

/// The eight /64 of an IPv6 /61.
fn of_site(n: usize) -> String {
    format!("2001:db8:1:{}::1", n % 8)
}

#[tokio::test]
async fn flood_from_one_ipv6_site_evicts_no_exhausted_budget() {
    let service = behind_proxy("limits.capacity = 1024").await;
    for _ in 0..10 {
        assert_eq!(guess(&service, "198.51.100.1", ADA).await, 401);
    }
    assert_eq!(guess(&service, "198.51.100.1", ADA).await, 429);

    let before = service.app.hasher.performed();
    let (mut admitted, mut limited, mut busy) = (0, 0, 0);
    for wave in 0..20 {
        let guesses = (0..72).map(|n| {
            let email = format!("{}@example.com", wave * 72 + n);
            let service = &service;
            async move { guess(service, &of_site(n), &email).await }
        });
        for status in join_all(guesses).await {
            match status {
                401 => admitted += 1,
                429 => limited += 1,
                503 => busy += 1,
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(admitted + limited + busy, 20 * 72);
    // All networks of the site share `limits.login_site`.
    assert!(admitted <= 400, "{admitted} were hashed");
    assert_eq!(service.app.hasher.performed(), before + admitted);
    assert_eq!(guess(&service, "198.51.100.1", ADA).await, 429);
}

#[tokio::test]
async fn full_hash_queue_costs_no_budget() {
    let service = behind_proxy("limits.capacity = 1024").await;
    for _ in 0..10 {
        assert_eq!(guess(&service, "198.51.100.1", ADA).await, 401);
    }
    let hasher = &service.app.hasher;
    let places: Vec<_> = (0..10_000)
        .map_while(|_| hasher.reserve(Network::UNKNOWN).ok())
        .collect();
    assert!(places.len() < 10_000);
    let performed = hasher.performed();
    for n in 0..2000 {
        let email = format!("{n}@example.com");
        assert_eq!(guess(&service, &of_site(n), &email).await, 503);
    }
    // An exhausted budget is rejected before the queue.
    assert_eq!(guess(&service, "198.51.100.1", ADA).await, 429);
    assert_eq!(hasher.performed(), performed);
    drop(places);
    assert_eq!(guess(&service, "198.51.100.1", ADA).await, 429);
    // 2,000 rejections cost the site nothing: all 400 tries are left.
    for n in 0..400 {
        let email = format!("{n}@example.com");
        assert_eq!(guess(&service, &of_site(n), &email).await, 401, "{n}");
    }
    assert_eq!(guess(&service, "2001:db8:1:9::1", ADA).await, 429);
}

#[tokio::test]
async fn mail_limit_holds_during_a_flood_of_logins() {
    let service = behind_proxy("limits.capacity = 1024").await;
    let ask = async |n: usize| {
        let network = format!("203.0.113.{n}");
        let headers = [
            ("x-forwarded-for", network.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({"email": ADA}).to_string();
        let client = service.anon().from(PROXY);
        let answer = client.send("POST", "/signup", &headers, body).await;
        answer.assert_status(202);
    };
    for round in 0..4 {
        for n in 0..5 {
            ask(round * 5 + n).await;
        }
        for n in 0..300 {
            let network = format!("198.51.{round}.{n}", n = n % 250);
            let email = format!("{round}-{n}@example.com");
            guess(&service, &network, &email).await;
        }
    }
    assert_eq!(service.outbox.lock().unwrap().len(), 5);
}

/// The documented bound: N networks have N tries at an email whose budget is exhausted, in each
/// pair window, and the owner still logs in.
#[tokio::test]
async fn tries_at_an_email_are_bounded_by_the_number_of_networks() {
    let service = behind_proxy("").await;
    service.signed_up(ADA).await;
    let before = service.app.hasher.performed();
    for n in 0..120 {
        for _ in 0..3 {
            guess(&service, &format!("198.51.100.{n}"), ADA).await;
        }
    }
    // Fifty in an hour for the email, possibly including the sign-up, and then one try for each new
    // network.
    let hashed = service.app.hasher.performed() - before;
    assert!((150..=170).contains(&hashed), "{hashed}");
    service
        .anon()
        .log_in(ADA, PASSWORD)
        .await
        .assert_status(200);
}

/// The reserved tries are charged only if the shared budget rejects: other logins do not fill their
/// table.
#[tokio::test]
async fn other_logins_do_not_use_up_the_reserved_tries() {
    let service = behind_proxy("limits.capacity = 1024").await;
    // More networks and emails than the table of reserved tries holds.
    for n in 0..200 {
        let email = format!("{n}@example.com");
        assert_eq!(guess(&service, &format!("192.0.2.{n}"), &email).await, 401);
    }
    let before = service.app.hasher.performed();
    for n in 0..100 {
        for _ in 0..3 {
            guess(&service, &format!("198.51.100.{n}"), ADA).await;
        }
    }
    let hashed = service.app.hasher.performed() - before;
    assert!((130..=150).contains(&hashed), "{hashed}");
}

#[tokio::test]
async fn internal_error_refunds_exactly_its_charge() {
    let service = limited().await;
    service.signed_up(ADA).await;
    for n in 0..60 {
        let stranger = service.anon().from(&format!("198.51.100.{n}"));
        stranger.log_in(ADA, WRONG).await.assert_status(401);
    }
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        service.database.execute(&sql).await;
    };
    rename("users", "gone").await;
    for n in 0..6 {
        let fresh = service.anon().from(&format!("203.0.113.{n}"));
        fresh.log_in(ADA, WRONG).await.assert_status(503);
    }
    rename("gone", "users").await;
    // The email gains nothing: each network has its one reserved try.
    for n in 0..6 {
        let fresh = service.anon().from(&format!("203.0.113.{n}"));
        fresh.log_in(ADA, WRONG).await.assert_status(401);
        fresh.log_in(ADA, WRONG).await.assert_status(429);
    }
}

/// Every route that hashes for a known user.
#[tokio::test]
async fn hashes_are_limited_by_user_across_networks() {
    let service = Arc::new(limited().await);
    let mut ada = service.signed_up(ADA).await;
    service.clock.advance(chrono::TimeDelta::minutes(15));
    ada = ada.logged_in(ADA).await;
    let before = service.app.hasher.performed();
    let mut statuses = vec![];
    for n in 0..150 {
        let from = ada.clone().from(&format!("198.51.100.{n}"));
        let new = format!("one more good long phrase {n} of mine");
        let body = json!({"new_password": new});
        let answer = from.send_json("PUT", "/password", body).await;
        statuses.push(answer.status);
        if answer.status == 200 {
            ada.keep(&answer);
        } else {
            answer.assert_problem(429, "rate_limited");
            let policy = answer.header("ratelimit-policy");
            assert_eq!(policy, "\"password\";q=10;w=900");
        }
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10);
    assert_eq!(service.app.hasher.performed(), before + 10);

    // Every other route that checks the password shares the budget.
    let password = "one more good long phrase 9 of mine";
    for (method, path, body) in [
        (
            "PUT",
            "/password",
            json!({"current_password": password, "new_password": WRONG}),
        ),
        (
            "POST",
            "/email",
            json!({"email": "ada@elsewhere.example", "password": password}),
        ),
        ("DELETE", "/me", json!({"password": password})),
        (
            "DELETE",
            "/me/accounts/018f0000-0000-7000-8000-000000000000",
            json!({"password": password}),
        ),
    ] {
        let answer = ada.send_json(method, path, body).await;
        answer.assert_problem(429, "rate_limited");
    }
    assert_eq!(service.app.hasher.performed(), before + 10);

    // A reset has a separate budget, so that a thief of the session cannot block it.
    ada.post("/password/forgot", json!({"email": ADA}))
        .await
        .assert_status(202);
    let token = service.mailed_token(ADA).unwrap();
    for n in 0..10 {
        let from = service.anon().from(&format!("203.0.113.{n}"));
        let weak = json!({"token": token, "password": "passwordpassword"});
        let answer = from.post("/password/reset", weak).await;
        answer.assert_field(422, "weak_password", "password");
    }
    let reset = json!({"token": token, "password": "yet another long phrase to keep"});
    let answer = service.anon().post("/password/reset", reset.clone()).await;
    answer.assert_problem(429, "rate_limited");
    service.clock.advance(chrono::TimeDelta::seconds(90));
    let answer = service.anon().post("/password/reset", reset).await;
    answer.assert_status(204);
}

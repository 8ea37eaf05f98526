//! What a stranger with many networks can and cannot do. Attacks are bounded in count.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;
use signet::network::Network;

use super::{ADA, WRONG, limited, try_with};
use crate::support::{House, PASSWORD};

const PROXY: &str = "10.1.2.3";

async fn behind_proxy(settings: &str) -> House {
    House::with(&format!(
        "limits.enabled = true\nhttp.trusted_proxies = ['10.0.0.0/8']\n{settings}"
    ))
    .await
}

/// Tries a wrong password from a network behind the proxy.
async fn guess(house: &House, network: &str, email: &str) -> u16 {
    let headers = [("x-forwarded-for", network)];
    try_with(house, PROXY, &headers, email).await.status
}

/// The eight /64 of an IPv6 /61.
fn of_site(n: usize) -> String {
    format!("2001:db8:1:{}::1", n % 8)
}

#[tokio::test]
async fn a_flood_from_one_ipv6_site_frees_nobodys_exhausted_budget() {
    let house = behind_proxy("limits.capacity = 1024").await;
    for _ in 0..10 {
        assert_eq!(guess(&house, "198.51.100.1", ADA).await, 401);
    }
    assert_eq!(guess(&house, "198.51.100.1", ADA).await, 429);

    let before = house.app.hasher.performed();
    let (mut admitted, mut limited, mut busy) = (0, 0, 0);
    for wave in 0..20 {
        let guesses = (0..72).map(|n| {
            let email = format!("{}@example.com", wave * 72 + n);
            let house = &house;
            async move { guess(house, &of_site(n), &email).await }
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
    // All networks of the site together hash as often as `limits.login_site` says.
    assert!(admitted <= 400, "{admitted} were hashed");
    assert_eq!(house.app.hasher.performed(), before + admitted);
    assert_eq!(guess(&house, "198.51.100.1", ADA).await, 429);
}

#[tokio::test]
async fn a_full_queue_charges_nobody_and_leaves_nothing_behind() {
    let house = behind_proxy("limits.capacity = 1024").await;
    for _ in 0..10 {
        assert_eq!(guess(&house, "198.51.100.1", ADA).await, 401);
    }
    let hasher = &house.app.hasher;
    let mut places = vec![];
    while let Ok(place) = hasher.reserve(Network::UNKNOWN) {
        places.push(place);
    }
    let performed = hasher.performed();
    for n in 0..2000 {
        let email = format!("{n}@example.com");
        assert_eq!(guess(&house, &of_site(n), &email).await, 503);
    }
    // An exhausted budget is refused before the queue is asked.
    assert_eq!(guess(&house, "198.51.100.1", ADA).await, 429);
    assert_eq!(hasher.performed(), performed);
    drop(places);
    assert_eq!(guess(&house, "198.51.100.1", ADA).await, 429);
    // 2,000 refusals have cost the site nothing: it has all of its 400.
    for n in 0..400 {
        let email = format!("{n}@example.com");
        assert_eq!(guess(&house, &of_site(n), &email).await, 401, "{n}");
    }
    assert_eq!(guess(&house, "2001:db8:1:9::1", ADA).await, 429);
}

#[tokio::test]
async fn a_mailbox_gets_its_mails_and_no_more_during_a_flood_of_logins() {
    let house = behind_proxy("limits.capacity = 1024").await;
    let ask = async |n: usize| {
        let network = format!("203.0.113.{n}");
        let headers = [
            ("x-forwarded-for", network.as_str()),
            ("content-type", "application/json"),
        ];
        let body = json!({"email": ADA}).to_string();
        let actor = house.anon().from(PROXY);
        let answer = actor.send("POST", "/signup", &headers, body).await;
        answer.assert_status(202);
    };
    for round in 0..4 {
        for n in 0..5 {
            ask(round * 5 + n).await;
        }
        for n in 0..300 {
            let network = format!("198.51.{round}.{n}", n = n % 250);
            let email = format!("{round}-{n}@example.com");
            guess(&house, &network, &email).await;
        }
    }
    assert_eq!(house.outbox.lock().unwrap().len(), 5);
}

/// The measure of what the documentation concedes: N networks have N tries at an address whose
/// budget is exhausted, in each window of a pair, and the owner still gets in.
#[tokio::test]
async fn so_many_networks_have_so_many_tries_at_an_address_and_lock_nobody_out() {
    let house = behind_proxy("").await;
    house.signed_up(ADA).await;
    let before = house.app.hasher.performed();
    for n in 0..120 {
        for _ in 0..3 {
            guess(&house, &format!("198.51.100.{n}"), ADA).await;
        }
    }
    // Fifty in an hour for the address, one of which the sign-up may have paid, and then one try for
    // each network that has not tried yet.
    let hashed = house.app.hasher.performed() - before;
    assert!((150..=170).contains(&hashed), "{hashed}");
    house.anon().log_in(ADA, PASSWORD).await.assert_status(200);
}

/// What is spared is charged only where the shared budget refuses: other logins fill no table with it.
#[tokio::test]
async fn logins_of_others_leave_room_for_the_tries_that_are_spared() {
    let house = behind_proxy("limits.capacity = 1024").await;
    // More networks and addresses than the table of spared tries has places for.
    for n in 0..200 {
        let email = format!("{n}@example.com");
        assert_eq!(guess(&house, &format!("192.0.2.{n}"), &email).await, 401);
    }
    let before = house.app.hasher.performed();
    for n in 0..100 {
        for _ in 0..3 {
            guess(&house, &format!("198.51.100.{n}"), ADA).await;
        }
    }
    let hashed = house.app.hasher.performed() - before;
    assert!((130..=150).contains(&hashed), "{hashed}");
}

#[tokio::test]
async fn a_refusal_of_the_service_gives_back_what_was_charged_and_nothing_else() {
    let house = limited().await;
    house.signed_up(ADA).await;
    for n in 0..60 {
        let stranger = house.anon().from(&format!("198.51.100.{n}"));
        stranger.log_in(ADA, WRONG).await.assert_status(401);
    }
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        house.database.execute(&sql).await;
    };
    rename("users", "gone").await;
    for n in 0..6 {
        let fresh = house.anon().from(&format!("203.0.113.{n}"));
        fresh.log_in(ADA, WRONG).await.assert_status(503);
    }
    rename("gone", "users").await;
    // The address has got nothing by that: each network has its one spared try.
    for n in 0..6 {
        let fresh = house.anon().from(&format!("203.0.113.{n}"));
        fresh.log_in(ADA, WRONG).await.assert_status(401);
        fresh.log_in(ADA, WRONG).await.assert_status(429);
    }
}

/// Every route that hashes for somebody who is known.
#[tokio::test]
async fn a_person_has_passwords_hashed_so_often_wherever_from() {
    let house = Arc::new(limited().await);
    let mut ada = house.signed_up(ADA).await;
    house.clock.advance(chrono::TimeDelta::minutes(15));
    ada = ada.logged_in(ADA).await;
    let before = house.app.hasher.performed();
    let mut statuses = vec![];
    for n in 0..150 {
        let from = ada.clone().from(&format!("198.51.100.{n}"));
        let new = format!("one more good long phrase {n} of mine");
        let body = json!({"new_password": new});
        let answer = from.ask("PUT", "/password", body).await;
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
    assert_eq!(house.app.hasher.performed(), before + 10);

    // The same budget at every other route that checks her password.
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
        let answer = ada.ask(method, path, body).await;
        answer.assert_problem(429, "rate_limited");
    }
    assert_eq!(house.app.hasher.performed(), before + 10);

    // A reset has a budget of its own: whoever stole her session does not keep her from it.
    ada.post("/password/forgot", json!({"email": ADA}))
        .await
        .assert_status(202);
    let token = house.mailed_token(ADA).unwrap();
    for n in 0..10 {
        let from = house.anon().from(&format!("203.0.113.{n}"));
        let weak = json!({"token": token, "password": "passwordpassword"});
        let answer = from.post("/password/reset", weak).await;
        answer.assert_field(422, "weak_password", "password");
    }
    let reset = json!({"token": token, "password": "yet another long phrase to keep"});
    let answer = house.anon().post("/password/reset", reset.clone()).await;
    answer.assert_problem(429, "rate_limited");
    house.clock.advance(chrono::TimeDelta::seconds(90));
    let answer = house.anon().post("/password/reset", reset).await;
    answer.assert_status(204);
}

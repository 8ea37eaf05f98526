//! Rate limits: guesses are slowed down, and no attack locks the owner out.

mod floods;
mod proxies;

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{PASSWORD, TestService, answer::Answer};

const WRONG: &str = "not the right password";
const ADA: &str = "ada@example.com";

/// The default limits.
async fn limited() -> TestService {
    TestService::with("limits.enabled = true").await
}

/// Tries a password with further headers.
async fn try_with(
    service: &TestService,
    peer: &str,
    headers: &[(&str, &str)],
    email: &str,
) -> Answer {
    let json = ("content-type", "application/json");
    let headers: Vec<_> = headers.iter().copied().chain([json]).collect();
    let body = json!({"email": email, "password": WRONG}).to_string();
    let client = service.anon().from(peer);
    client.send("POST", "/login", &headers, body).await
}

#[tokio::test]
async fn password_guesses_are_limited_for_any_email() {
    let service = limited().await;
    service.signed_up(ADA).await;
    let mut transcripts = vec![];
    for (peer, email) in [("198.51.100.1", ADA), ("198.51.100.2", "eve@example.com")] {
        let stranger = service.anon().from(peer);
        let hashed = service.app.hasher.performed();
        let mut transcript = vec![];
        for _ in 0..10 {
            transcript.push(stranger.log_in(email, WRONG).await);
        }
        for _ in 0..5 {
            let refused = stranger.log_in(email, PASSWORD).await;
            refused.assert_problem(429, "rate_limited");
            assert_eq!(refused.json()["error"], "temporarily_unavailable");
            assert_eq!(refused.header("retry-after"), "90");
            assert_eq!(refused.header("ratelimit-policy"), "\"login\";q=10;w=900");
            assert_eq!(refused.header("ratelimit"), "\"login\";r=0;t=90");
            transcript.push(refused);
        }
        assert_eq!(service.app.hasher.performed(), hashed + 10);
        transcripts.push(
            transcript
                .iter()
                .map(Answer::comparable)
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(transcripts[0], transcripts[1]);
    assert!(
        transcripts[0][..10]
            .iter()
            .all(|(status, ..)| *status == 401)
    );

    service.clock.advance(TimeDelta::seconds(90));
    let stranger = service.anon().from("198.51.100.1");
    stranger.log_in(ADA, WRONG).await.assert_status(401);
    stranger.log_in(ADA, WRONG).await.assert_status(429);
}

/// Internal errors do not count as attempts.
#[tokio::test]
async fn internal_errors_cost_no_attempt() {
    let service = limited().await;
    service.signed_up(ADA).await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        service.database.execute(&sql).await;
    };
    rename("users", "gone").await;
    for _ in 0..30 {
        let answer = service.anon().log_in(ADA, PASSWORD).await;
        answer.assert_problem(503, "unavailable");
        let body = json!({"email": "bob@example.com"});
        let answer = service.anon().post("/signup", body).await;
        answer.assert_problem(503, "unavailable");
    }
    rename("gone", "users").await;
    for _ in 0..10 {
        let answer = service.anon().log_in(ADA, WRONG).await;
        answer.assert_problem(401, "invalid_credentials");
    }
    let answer = service.anon().log_in(ADA, WRONG).await;
    answer.assert_problem(429, "rate_limited");
    let body = json!({"email": "bob@example.com"});
    service
        .anon()
        .post("/signup", body)
        .await
        .assert_status(202);
    assert!(service.mailed_token("bob@example.com").is_some());
}

#[tokio::test]
async fn owner_logs_in_during_an_attack() {
    let service = limited().await;
    service.signed_up(ADA).await;
    let mut refused = 0;
    for n in 0..30 {
        let stranger = service.anon().from(&format!("198.51.100.{n}"));
        for _ in 0..4 {
            refused += u32::from(stranger.log_in(ADA, WRONG).await.status == 429);
        }
    }
    // Fifty in an hour, including the sign-up, and then one for each network, including the
    // thirteenth, which used the last of the fifty.
    assert_eq!(refused, 2 + 17 * 3);
    for _ in 0..20 {
        service
            .anon()
            .log_in(ADA, PASSWORD)
            .await
            .assert_status(200);
    }
    service.anon().log_in(ADA, WRONG).await.assert_status(401);
    let again = service.anon().log_in(ADA, PASSWORD).await;
    again.assert_problem(429, "rate_limited");
    // The response does not reveal the usage of others.
    assert_eq!(again.header("ratelimit-policy"), "\"login\";q=10;w=900");
    // Other emails are unaffected.
    let eve = service.anon().log_in("eve@example.com", WRONG).await;
    eve.assert_status(401);
}

#[tokio::test]
async fn network_that_tries_many_emails_is_limited() {
    let service = limited().await;
    let stranger = service.anon().from("2001:db8:1:2::1");
    for n in 0..100 {
        let email = format!("ada{n}@example.com");
        stranger.log_in(&email, WRONG).await.assert_status(401);
    }
    let neighbour = stranger.clone().from("2001:db8:1:2:ffff::1");
    let refused = neighbour.log_in(ADA, WRONG).await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "3");
    let policy = "\"login-network\";q=100;w=300";
    assert_eq!(refused.header("ratelimit-policy"), policy);
    let elsewhere = stranger.from("2001:db8:1:3::1");
    elsewhere.log_in(ADA, WRONG).await.assert_status(401);
}

/// Exhausts the budget of `198.51.100.1` for Ada.
async fn spent() -> TestService {
    let service = limited().await;
    for _ in 0..10 {
        let answer = try_with(&service, "198.51.100.1", &[], ADA).await;
        answer.assert_status(401);
    }
    service
}

#[tokio::test]
async fn spellings_of_an_email_share_one_budget() {
    let service = spent().await;
    for same in [
        "ADA@EXAMPLE.COM",
        " ada@example.com ",
        "Ada@ex\u{ff41}mple.com",
        "ada@Example\u{3002}com",
    ] {
        let answer = try_with(&service, "198.51.100.1", &[], same).await;
        answer.assert_problem(429, "rate_limited");
    }
}

#[tokio::test]
async fn spellings_of_a_peer_share_one_budget_and_untrusted_headers_are_ignored() {
    let service = spent().await;
    let mapped = try_with(&service, "::ffff:198.51.100.1", &[], ADA).await;
    mapped.assert_status(429);
    for n in 0..20 {
        let (one, other) = (format!("203.0.113.{n}"), format!("for=203.0.113.{n}"));
        for name in [
            "x-forwarded-for",
            "x-real-ip",
            "true-client-ip",
            "forwarded",
        ] {
            let value = if name == "forwarded" { &other } else { &one };
            let answer = try_with(&service, "198.51.100.1", &[(name, value)], ADA).await;
            answer.assert_status(429);
        }
    }
}

#[tokio::test]
async fn other_spellings_of_the_path_are_not_found_or_share_the_budget() {
    let service = spent().await;
    let stranger = service.anon().from("198.51.100.1");
    let headers = [("content-type", "application/json")];
    let body = json!({"email": ADA, "password": WRONG}).to_string();
    for (path, status) in [
        ("/login?x", 429),
        ("/login?", 429),
        ("http://evil.example/login", 429),
        ("//login", 404),
        ("/login/", 404),
        ("/LOGIN", 404),
        ("/Login", 404),
        ("/%6cogin", 404),
        ("/login%2f", 404),
        ("/login%00", 404),
        ("/login;", 404),
        ("/login;x=y", 404),
        ("/x/../login", 404),
        ("/./login", 404),
        ("/;/login", 404),
    ] {
        let answer = stranger.send("POST", path, &headers, body.clone()).await;
        assert_eq!(answer.status, status, "{path}");
    }
    for method in ["PUT", "PATCH", "DELETE", "post", "Post", "QUERY"] {
        let answer = stranger
            .send(method, "/login", &headers, body.clone())
            .await;
        assert_eq!(answer.status, 405, "{method}");
    }
    let override_method = [("x-http-method-override", "POST"), headers[0]];
    let answer = stranger.send("PUT", "/login", &override_method, body).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn mailbox_gets_five_links_an_hour_silently() {
    let service = limited().await;
    service.signed_up(ADA).await;
    service.clock.advance(TimeDelta::hours(1));
    service.outbox.lock().unwrap().clear();

    let mut transcripts = vec![];
    for email in [ADA, "eve@example.com"] {
        let mut transcript = vec![];
        for n in 0..20 {
            let stranger = service.anon().from(&format!("198.51.100.{n}"));
            transcript.push(stranger.post("/signup", json!({"email": email})).await);
        }
        assert!(transcript.iter().all(|answer| answer.status == 202));
        transcripts.push(
            transcript
                .iter()
                .map(Answer::comparable)
                .collect::<Vec<_>>(),
        );
        let outbox = service.outbox.lock().unwrap();
        let mails = outbox.iter().filter(|mail| mail.to.as_str() == email);
        assert_eq!(mails.count(), 5, "{email}");
    }
    assert_eq!(transcripts[0], transcripts[1]);

    // The mailed links work: an attacker has locked no user out.
    let token = service.mailed_token("eve@example.com").unwrap();
    let confirm = json!({"token": token, "password": PASSWORD});
    let confirmed = service.anon().post("/signup/confirm", confirm).await;
    confirmed.assert_status(201);
}

#[tokio::test]
async fn network_that_requests_many_mails_gets_retry_after() {
    let service =
        TestService::with("limits.mail_network = '4/1h'\nlimits.mail_global = '6/1h'").await;
    let ask = async |peer: &str, email: &str| {
        let client = service.anon().from(peer);
        client.post("/signup", json!({"email": email})).await
    };
    for _ in 0..3 {
        ask("198.51.100.1", ADA).await.assert_status(202);
    }
    let refused = ask("198.51.100.1", ADA).await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("ratelimit-policy"), "\"mail\";q=3;w=3600");
    assert_eq!(refused.header("retry-after"), "1200");
    ask("198.51.100.1", "bob@example.com")
        .await
        .assert_status(202);
    let refused = ask("198.51.100.1", "eve@example.com").await;
    let policy = "\"mail-network\";q=4;w=3600";
    assert_eq!(
        refused.assert_status(429).header("ratelimit-policy"),
        policy
    );

    // The shared limit is not attributed to one network.
    ask("198.51.100.2", "eve@example.com")
        .await
        .assert_status(202);
    ask("198.51.100.3", "eve@example.com")
        .await
        .assert_status(202);
    let refused = ask("198.51.100.4", "eve@example.com").await;
    refused.assert_problem(503, "overloaded");
    assert_eq!(refused.header("retry-after"), "600");
    assert_eq!(service.outbox.lock().unwrap().len(), 6);
    service.clock.advance(TimeDelta::seconds(600));
    ask("198.51.100.4", "eve@example.com")
        .await
        .assert_status(202);
}

#[tokio::test]
async fn link_confirmations_are_limited_by_network() {
    let service = TestService::with("limits.confirm_network = '3/1m'").await;
    let guess = json!({"token": "s1.x", "password": PASSWORD});
    for _ in 0..3 {
        let answer = service.anon().post("/signup/confirm", guess.clone()).await;
        answer.assert_problem(400, "invalid_link");
    }
    let refused = service.anon().post("/signup/confirm", guess.clone()).await;
    refused.assert_problem(429, "rate_limited");
    assert_eq!(refused.header("retry-after"), "20");
    let elsewhere = service.anon().from("198.51.100.1");
    let answer = elsewhere.post("/signup/confirm", guess).await;
    answer.assert_problem(400, "invalid_link");
}

#[tokio::test]
async fn cheap_requests_are_not_limited() {
    let service = limited().await;
    let ada = service.signed_up(ADA).await;
    for _ in 0..150 {
        ada.refresh().await.assert_status(200);
        ada.get("/session").await.assert_status(200);
        ada.get("/.well-known/jwks.json").await.assert_status(200);
        let malformed = json!({"email": ADA});
        ada.post("/login", malformed).await.assert_status(422);
        let unknown = json!({"email": ADA, "password": "x", "client_id": "evil"});
        ada.post("/login", unknown).await.assert_status(400);
    }
    ada.log_in(ADA, PASSWORD).await.assert_status(200);
}

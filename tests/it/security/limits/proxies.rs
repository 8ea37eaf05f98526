//! Limits behind proxies.

use std::sync::Arc;

use serde_json::json;

use super::{ADA, WRONG, limited, try_with};
use crate::support::{
    House,
    process::{Service, free_address, run, signet},
};

async fn with_proxy(header: &str) -> House {
    House::with(&format!(
        "limits.enabled = true\nhttp.forwarded_header = '{header}'\n\
         http.trusted_proxies = ['10.0.0.0/8', '2001:db8:ffff::/48']"
    ))
    .await
}

#[tokio::test]
async fn behind_proxies_each_client_has_a_budget_of_its_own() {
    for (header, other) in [
        ("x-forwarded-for", "forwarded"),
        ("forwarded", "x-forwarded-for"),
    ] {
        let house = with_proxy(header).await;
        let written = |name: &str, client: &str| match name {
            "forwarded" => format!("for=\"{client}\";proto=https"),
            _ => client.to_owned(),
        };
        let own = written(header, "203.0.113.7");
        for n in 0..20 {
            // What the client itself wrote comes first, and the other header is its own.
            let lied = written(header, &format!("192.0.2.{n}"));
            let other_lie = written(other, &format!("192.0.2.{n}"));
            let line = format!("{lied}, {own}");
            let headers = [(header, line.as_str()), (other, other_lie.as_str())];
            let answer = try_with(&house, "10.1.2.3", &headers, ADA).await;
            assert_eq!(
                answer.status,
                if n < 10 { 401 } else { 429 },
                "{header} {n}"
            );
        }
        // The same through two proxies, in two lines, and without any from a peer that is none.
        let (inner, v6) = (
            written(header, "10.9.9.9"),
            written(header, "[2001:db8:ffff::9]:80"),
        );
        let lines = [
            (header, own.as_str()),
            (header, inner.as_str()),
            (header, v6.as_str()),
        ];
        let answer = try_with(&house, "10.1.2.3", &lines, ADA).await;
        answer.assert_status(429);
        let answer = try_with(&house, "203.0.113.7", &[], ADA).await;
        answer.assert_status(429);
        let answer = try_with(&house, "203.0.113.8", &[(header, &own)], ADA).await;
        answer.assert_status(401);
        let neighbour = written(header, "192.168.1.7");
        for n in 0..11 {
            // Known not to be a proxy, so a client.
            let answer = try_with(&house, "10.1.2.3", &[(header, &neighbour)], ADA).await;
            assert_eq!(answer.status, if n < 10 { 401 } else { 429 });
        }
    }
}

#[tokio::test]
async fn peers_that_may_be_proxies_are_not_held_to_what_many_do() {
    let house = limited().await;
    for peer in ["127.0.0.1", "::1", "10.0.0.1", "172.17.0.1"] {
        for _ in 0..30 {
            try_with(&house, peer, &[], ADA).await.assert_status(401);
        }
    }
}

#[test]
fn who_names_no_proxies_is_warned_beyond_loopback() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let mut generate = signet(folder.path());
    generate.args(["keys", "generate"]);
    assert!(run(generate, "").status.success());
    let issuer = ("SIGNET_ISSUER", "https://auth.example.com");
    for (variable, value, is_warned) in [
        ("SIGNET_LIMITS__ENABLED", "true", true),
        ("SIGNET_LIMITS__ENABLED", "false", false),
        ("SIGNET_HTTP__TRUSTED_PROXIES", "127.0.0.1", false),
    ] {
        let environment = [issuer, (variable, value)];
        let service = Service::start_in(folder.clone(), free_address(), &environment);
        let printed = service.printed();
        assert_eq!(
            printed.contains("no trusted proxy is configured"),
            is_warned,
            "{printed}"
        );
    }
}

#[test]
fn the_log_names_the_client_behind_the_proxy_and_why_it_was_refused() {
    let service = Service::start(&[
        ("SIGNET_HTTP__TRUSTED_PROXIES", "127.0.0.1 ::1"),
        ("SIGNET_LIMITS__LOGIN_PAIR", "1/1h"),
    ]);
    let head = "POST /login HTTP/1.1\r\nContent-Type: application/json\r\n\
                X-Forwarded-For: 192.0.2.1, 203.0.113.7";
    let body = json!({"email": ADA, "password": WRONG}).to_string();
    let (status, ..) = service.request(head, &body).unwrap();
    assert_eq!(status, 401);
    let (status, answer, _) = service.request(head, &body).unwrap();
    assert_eq!(status, 429);
    assert!(answer.contains("retry-after: 3"), "{answer}");
    service.signal("-TERM");
    let (_, printed) = service.ended();
    let line = printed
        .lines()
        .find(|line| line.contains("\"act\":\"limit\""));
    let line = line.expect("a line of log");
    assert!(
        line.contains("203.0.113.7/32") && line.contains("pair"),
        "{line}"
    );
    let mut log = printed.lines().filter(|line| line.starts_with('{'));
    assert!(log.all(|line| !line.contains(ADA)), "{printed}");
}

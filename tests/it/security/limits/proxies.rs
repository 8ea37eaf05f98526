//! Rate limits behind proxies.

use std::sync::Arc;

use serde_json::json;

use super::{ADA, WRONG, limited, try_with};
use crate::support::{
    TestService,
    process::{ServiceProcess, free_address, run, signet},
};

async fn with_proxy(header: &str) -> TestService {
    TestService::with(&format!(
        "limits.enabled = true\nhttp.forwarded_header = '{header}'\n\
         http.trusted_proxies = ['10.0.0.0/8', '2001:db8:ffff::/48']"
    ))
    .await
}

#[tokio::test]
async fn clients_behind_proxies_have_separate_budgets() {
    for (header, other) in [
        ("x-forwarded-for", "forwarded"),
        ("forwarded", "x-forwarded-for"),
    ] {
        let service = with_proxy(header).await;
        let written = |name: &str, client: &str| match name {
            "forwarded" => format!("for=\"{client}\";proto=https"),
            _ => client.to_owned(),
        };
        let own = written(header, "203.0.113.7");
        for n in 0..20 {
            // Entries of the client come first, and the other header is the client's.
            let lied = written(header, &format!("192.0.2.{n}"));
            let other_lie = written(other, &format!("192.0.2.{n}"));
            let line = format!("{lied}, {own}");
            let headers = [(header, line.as_str()), (other, other_lie.as_str())];
            let answer = try_with(&service, "10.1.2.3", &headers, ADA).await;
            assert_eq!(
                answer.status,
                if n < 10 { 401 } else { 429 },
                "{header} {n}"
            );
        }
        // The same through two proxies, in two header lines, and from a peer that is not a proxy
        // without headers.
        let (inner, v6) = (
            written(header, "10.9.9.9"),
            written(header, "[2001:db8:ffff::9]:80"),
        );
        let lines = [
            (header, own.as_str()),
            (header, inner.as_str()),
            (header, v6.as_str()),
        ];
        let answer = try_with(&service, "10.1.2.3", &lines, ADA).await;
        answer.assert_status(429);
        let answer = try_with(&service, "203.0.113.7", &[], ADA).await;
        answer.assert_status(429);
        let answer = try_with(&service, "203.0.113.8", &[(header, &own)], ADA).await;
        answer.assert_status(401);
        let neighbour = written(header, "192.168.1.7");
        for n in 0..11 {
            // Not a proxy, so a client.
            let answer = try_with(&service, "10.1.2.3", &[(header, &neighbour)], ADA).await;
            assert_eq!(answer.status, if n < 10 { 401 } else { 429 });
        }
    }
}

#[tokio::test]
async fn possible_proxies_are_not_limited_as_one_client() {
    let service = limited().await;
    for peer in ["127.0.0.1", "::1", "10.0.0.1", "172.17.0.1"] {
        for _ in 0..30 {
            try_with(&service, peer, &[], ADA).await.assert_status(401);
        }
    }
}

#[test]
fn missing_proxy_setting_is_logged_beyond_loopback() {
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
        let service = ServiceProcess::start_in(folder.clone(), free_address(), &environment);
        let printed = service.printed();
        assert_eq!(
            printed.contains("no trusted proxy is configured"),
            is_warned,
            "{printed}"
        );
    }
}

#[test]
fn log_names_the_client_behind_the_proxy_and_the_reason() {
    let service = ServiceProcess::start(&[
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

//! The addresses at which metrics are served.

use std::time::Duration;

use super::{Operator, assert_value};
use crate::support::{
    TestService,
    exposition::Exposition,
    process::{ServiceProcess, free_address},
};

/// Metrics are for operators: a public address serves them to loopback peers only.
#[tokio::test]
async fn public_listener_serves_metrics_on_loopback_only() {
    let beyond = TestService::new().await;
    beyond
        .anon()
        .get("/metrics")
        .await
        .assert_problem(404, "not_found");
    let configured = TestService::with("metrics.listen = '127.0.0.1:9'").await;
    configured
        .anon()
        .get("/metrics")
        .await
        .assert_problem(404, "not_found");
    // Metrics are at the root, independent of the path of the issuer.
    let path = TestService::with("issuer = 'https://example.com/auth'").await;
    Operator::of(&path).look().await;
    Operator::of(&path)
        .get("/auth/metrics")
        .await
        .assert_status(404);
    for route in ["/login", "/.well-known/jwks.json", "/session"] {
        Operator::of(&beyond)
            .get(route)
            .await
            .assert_problem(404, "not_found");
    }
}

#[test]
fn slow_metrics_listener_serves_metrics_and_probes_until_shutdown() {
    let operators = free_address();
    let address = operators.to_string();
    let environment = [
        ("SIGNET_METRICS__LISTEN", address.as_str()),
        ("SIGNET_HTTP__DRAIN", "3s"),
    ];
    let mut service = ServiceProcess::start(&environment);
    assert!(
        service
            .printed()
            .contains(&format!("metrics    http://{address}/metrics"))
    );
    let get = |path: &str| {
        ServiceProcess::request_at(operators, &format!("GET {path} HTTP/1.1"), "").unwrap()
    };
    assert_eq!(service.request("GET /metrics HTTP/1.1", "").unwrap().0, 404);
    let (status, head, body) = get("/metrics");
    assert_eq!(status, 200);
    assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    let seen = Exposition::parse(&body);
    let labels = [("route", "none"), ("status", "404")];
    assert_value(&seen, "signet_http_requests_total", &labels, 1);
    assert_eq!(
        (get("/livez").0, get("/readyz").0, get("/login").0),
        (200, 200, 404)
    );

    // The probes report the drain.
    service.signal("-TERM");
    service.wait_for("it says that it stops", |_| {
        std::thread::sleep(Duration::from_millis(5));
        get("/readyz").0 == 503
    });
    assert_eq!(get("/livez").0, 200);
    let (status, printed) = service.ended();
    assert!(
        status.success() && printed.contains("Stopped."),
        "{printed}"
    );
}

#[test]
fn service_on_loopback_serves_its_metrics() {
    let service = ServiceProcess::start(&[]);
    let url = format!("metrics    http://{}/metrics", service.address);
    assert!(service.printed().contains(&url), "{}", service.printed());
    let (status, _, body) = service.request("GET /metrics HTTP/1.1", "").unwrap();
    assert_eq!(status, 200);
    Exposition::parse(&body);
}

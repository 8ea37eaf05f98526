//! Where metrics are shown, and to whom.

use std::time::Duration;

use super::{Operator, assert_value};
use crate::support::{
    House,
    exposition::Exposition,
    process::{Service, free_address},
};

/// Metrics are for operators: beyond loopback nobody else's address shows them.
#[tokio::test]
async fn the_public_address_shows_metrics_only_to_this_machine() {
    let beyond = House::new().await;
    beyond
        .anon()
        .get("/metrics")
        .await
        .assert_problem(404, "not_found");
    let configured = House::with("metrics.listen = '127.0.0.1:9'").await;
    configured
        .anon()
        .get("/metrics")
        .await
        .assert_problem(404, "not_found");
    // Whatever the issuer's path, an operator looks at the root.
    let path = House::with("issuer = 'https://example.com/auth'").await;
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
fn slow_an_address_of_its_own_serves_metrics_and_probes_until_the_end() {
    let operators = free_address();
    let address = operators.to_string();
    let environment = [
        ("SIGNET_METRICS__LISTEN", address.as_str()),
        ("SIGNET_HTTP__DRAIN", "3s"),
    ];
    let mut service = Service::start(&environment);
    assert!(
        service
            .printed()
            .contains(&format!("metrics    http://{address}/metrics"))
    );
    let get =
        |path: &str| Service::request_at(operators, &format!("GET {path} HTTP/1.1"), "").unwrap();
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

    // While the service drains, probes say so.
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
fn on_loopback_the_service_shows_its_metrics_itself() {
    let service = Service::start(&[]);
    let url = format!("metrics    http://{}/metrics", service.address);
    assert!(service.printed().contains(&url), "{}", service.printed());
    let (status, _, body) = service.request("GET /metrics HTTP/1.1", "").unwrap();
    assert_eq!(status, 200);
    Exposition::parse(&body);
}

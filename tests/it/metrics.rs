//! The metrics endpoint.

mod addresses;
mod logins;

use std::{collections::BTreeSet, sync::Arc};

use axum::{Router, body::Body, http::Request};
use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;
use tower::ServiceExt;

use crate::docs::section;
use crate::support::{
    Engine, PASSWORD, TestService, answer::Answer, both_engines, contract::Contract,
    exposition::Exposition,
};

/// An operator's view of a service.
struct Operator {
    router: Router,
    contract: Arc<Contract>,
    is_https: bool,
}

impl Operator {
    fn of(service: &TestService) -> Self {
        Self {
            router: signet::router::operators_router(service.app.clone()),
            contract: Contract::of(&service.app.config),
            is_https: service.app.config.issuer.is_https(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let answer = Answer::read(answer, self.is_https).await;
        // Most routes are not served at this address.
        if answer.status != 404 {
            self.contract.admits("GET", path, &answer).unwrap();
        }
        answer
    }

    async fn look(&self) -> Exposition {
        let answer = self.get("/metrics").await;
        answer.assert_status(200);
        let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(answer.header("content-type"), media_type);
        assert_eq!(answer.header("cache-control"), "no-store");
        Exposition::parse(&answer.text())
    }
}

/// Compares counts and whole seconds, which a float holds exactly.
#[track_caller]
fn assert_value(seen: &Exposition, name: &str, labels: &[(&str, &str)], expected: i32) {
    let value = seen.value(name, labels);
    assert!(
        (value - f64::from(expected)).abs() < 0.5,
        "{name}{labels:?} is {value}"
    );
}

#[apply(both_engines)]
#[tokio::test]
async fn events_are_counted_by_kind_and_reason(engine: Engine) {
    let service = TestService::on(engine).await;
    let operator = Operator::of(&service);
    let ada = service.signed_up("ada@example.com").await;
    service
        .anon()
        .log_in("ada@example.com", PASSWORD)
        .await
        .assert_status(200);
    service
        .anon()
        .log_in("ada@example.com", "not the right password")
        .await
        .assert_status(401);
    service
        .anon()
        .log_in("nobody@example.com", PASSWORD)
        .await
        .assert_status(401);
    ada.refresh().await.assert_status(200);
    ada.refresh().await.assert_status(200);
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x.y.z")];
    service
        .anon()
        .post_form("/token", &form)
        .await
        .assert_status(400);
    let link = json!({"token": "no link", "password": PASSWORD});
    service
        .anon()
        .post("/signup/confirm", link)
        .await
        .assert_status(400);
    let mut mallory = service.anon();
    mallory.access.clone_from(&ada.refresh);
    mallory.get("/session").await.assert_status(401);
    service.clock.advance(TimeDelta::minutes(6));
    ada.get("/me").await.assert_status(401);

    let seen = operator.look().await;
    for (name, labels, expected) in [
        ("signet_tokens_minted_total", &[("kind", "access")][..], 4),
        ("signet_tokens_minted_total", &[("kind", "refresh")], 4),
        ("signet_tokens_minted_total", &[("kind", "sign-up")], 1),
        (
            "signet_tokens_rejected_total",
            &[("kind", "access"), ("reason", "header")],
            1,
        ),
        (
            "signet_tokens_rejected_total",
            &[("kind", "access"), ("reason", "expired")],
            1,
        ),
        (
            "signet_tokens_rejected_total",
            &[("kind", "refresh"), ("reason", "malformed")],
            1,
        ),
        (
            "signet_tokens_rejected_total",
            &[("kind", "sign-up"), ("reason", "malformed")],
            1,
        ),
        (
            "signet_refused_total",
            &[("act", "access"), ("reason", "header")],
            1,
        ),
        (
            "signet_refused_total",
            &[("act", "access"), ("reason", "expired")],
            1,
        ),
        (
            "signet_refused_total",
            &[("act", "refresh"), ("reason", "malformed")],
            1,
        ),
        (
            "signet_refused_total",
            &[("act", "link"), ("reason", "malformed")],
            1,
        ),
        (
            "signet_refused_total",
            &[("act", "login"), ("reason", "wrong password")],
            1,
        ),
        (
            "signet_refused_total",
            &[("act", "login"), ("reason", "unknown address")],
            1,
        ),
        ("signet_password_hashes_total", &[], 4),
        ("signet_password_hashing", &[], 0),
        ("signet_password_queue_waiting", &[], 0),
        ("signet_password_queue_refused_total", &[], 0),
        ("signet_mails_total", &[("outcome", "sent")], 1),
        ("signet_mails_total", &[("outcome", "lost")], 0),
        ("signet_mail_queue_waiting", &[], 0),
        ("signet_database_connections_max", &[], 8),
        ("signet_database_errors_total", &[("kind", "failed")], 0),
    ] {
        assert_value(&seen, name, labels, expected);
    }
    // A connection that was just used returns to the pool with a delay.
    let connections = |state| seen.value("signet_database_connections", &[("state", state)]);
    let open = connections("idle") + connections("used");
    assert!((1.0..=8.0).contains(&open), "{open}");

    // Counters keep their values, and nothing is counted twice.
    let again = operator.look().await;
    assert_value(
        &again,
        "signet_tokens_minted_total",
        &[("kind", "access")],
        4,
    );
}

#[tokio::test]
async fn requests_are_counted_by_route_with_fixed_labels() {
    let service = TestService::new().await;
    let operator = Operator::of(&service);
    let anon = service.anon();
    for path in [
        "/livez",
        "/livez?canary=1",
        "/canary/1",
        "/canary/2",
        "/%00canary\"}",
    ] {
        anon.get(path).await;
    }
    anon.send("CANARY", "/livez", &[], "")
        .await
        .assert_status(405);
    anon.send("CANARY2", "/canary", &[], "")
        .await
        .assert_status(404);
    anon.post("/login", json!({})).await.assert_status(422);

    let seen = operator.look().await;
    let requests = "signet_http_requests_total";
    for (route, method, status, expected) in [
        ("/livez", "GET", "200", 2),
        ("/livez", "other", "405", 1),
        ("none", "GET", "404", 3),
        ("none", "other", "404", 1),
        ("/login", "POST", "422", 1),
    ] {
        let labels = [("route", route), ("method", method), ("status", status)];
        assert_value(&seen, requests, &labels, expected);
    }
    let durations = "signet_http_request_duration_seconds_count";
    assert_value(&seen, durations, &[("route", "/livez")], 3);
    let family = &seen.0["signet_http_request_duration_seconds"];
    assert_eq!(family.unit.as_deref(), Some("seconds"));
    let bounds: Vec<_> = family
        .samples
        .iter()
        .filter(|(_, labels, _)| labels["route"] == "/login")
        .filter_map(|(_, labels, _)| labels.get("le"))
        .collect();
    assert_eq!(
        (bounds[0].as_str(), bounds[bounds.len() - 2].as_str()),
        ("0.0001", "10.0")
    );
    assert!(!format!("{seen:?}").to_lowercase().contains("canary"));
}

#[tokio::test]
async fn keys_are_reported_before_they_sign() {
    let service = TestService::new().await;
    let operator = Operator::of(&service);
    let phase = |phase| [("kind", "ES256"), ("phase", phase)];
    let seen = operator.look().await;
    assert_value(&seen, "signet_keys", &phase("signing"), 1);
    assert_value(&seen, "signet_keys", &phase("upcoming"), 0);
    let next = "signet_key_next_signing_timestamp_seconds";
    assert!(!seen.0.contains_key(next));

    let tomorrow = service.clock.now() + TimeDelta::days(1);
    service.rotate(tomorrow).await;
    let seen = operator.look().await;
    assert_value(&seen, "signet_keys", &phase("signing"), 1);
    assert_value(&seen, "signet_keys", &phase("upcoming"), 1);
    let tomorrow = i32::try_from(tomorrow.timestamp()).unwrap();
    for kind in ["ES256", "secret"] {
        assert_value(&seen, next, &[("kind", kind)], tomorrow);
    }
    let begins = &seen.0["signet_key_signs_from_timestamp_seconds"];
    assert_eq!(begins.samples.len(), 4);
    assert!(
        begins
            .samples
            .iter()
            .all(|(_, labels, _)| labels.contains_key("kid"))
    );

    let signing = |seen: &Exposition| {
        let family = &seen.0["signet_key_signing"];
        let signing = family.samples.iter().filter(|(.., value)| *value > 0.0);
        let kids = signing.map(|(_, labels, _)| labels["kid"].clone());
        kids.collect::<BTreeSet<_>>()
    };
    let before = signing(&seen);
    assert_eq!(before.len(), 2);

    service.clock.advance(TimeDelta::days(1));
    let seen = operator.look().await;
    assert!(signing(&seen).is_disjoint(&before));
    assert_value(&seen, "signet_keys", &phase("verifying"), 1);
    assert_value(&seen, "signet_keys", &phase("upcoming"), 0);
    assert!(!seen.0.contains_key(next));
    assert_value(&seen, "signet_key_folder_faults", &[], 0);
    std::fs::remove_dir_all(&service.app.config.keys.folder).unwrap();
    service.reread_keys().await;
    let seen = operator.look().await;
    assert_value(&seen, "signet_key_folder_faults", &[], 1);
    assert_value(&seen, "signet_keys", &phase("signing"), 1);
}

#[tokio::test]
async fn errors_are_counted() {
    let service = TestService::new().await;
    let operator = Operator::of(&service);
    let ada = service.signed_up("ada@example.com").await;
    service.app.store.close().await;
    ada.refresh().await.assert_status(503);
    operator.get("/livez").await.assert_status(200);
    operator.get("/readyz").await.assert_status(503);
    let seen = operator.look().await;
    assert_value(
        &seen,
        "signet_database_errors_total",
        &[("kind", "failed")],
        2,
    );
    let labels = [("route", "/refresh"), ("status", "503")];
    assert_value(&seen, "signet_http_requests_total", &labels, 1);
}

#[tokio::test]
async fn process_and_build_metrics_are_reported() {
    let service = TestService::new().await;
    let seen = Operator::of(&service).look().await;
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_value(&seen, "signet_build_info", &version, 1);
    let started = i32::try_from(service.clock.now().timestamp()).unwrap();
    assert_value(&seen, "process_start_time_seconds", &[], started);
    assert!(seen.value("process_resident_memory_bytes", &[]) > 1e6);
    assert!(seen.value("process_open_fds", &[]) > 2.0);
    assert!(seen.value("process_cpu_seconds_total", &[]) > 0.0);
}

/// `docs/operations.md` lists exactly the existing names and labels.
#[tokio::test]
async fn docs_name_every_metric() {
    // A coordination server that is down has the same metrics.
    let settings = "migration.verify_url = 'https://old.example.com'\nmigration.secret = 'secret'\n\
                    coordination.url = 'redis://127.0.0.1:9'";
    let service = TestService::with(settings).await;
    service
        .rotate(service.clock.now() + TimeDelta::days(1))
        .await;
    service.signed_up("ada@example.com").await;
    let bad = json!({"refresh_token": "x"});
    service
        .anon()
        .post("/refresh", bad)
        .await
        .assert_status(401);
    let Exposition(seen) = Operator::of(&service).look().await;
    let seen: BTreeSet<_> = seen
        .into_iter()
        .map(|(name, family)| {
            let suffix = match family.kind.as_str() {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            let labels = family
                .samples
                .iter()
                .flat_map(|(_, labels, _)| labels.keys());
            let labels: BTreeSet<_> = labels.filter(|label| *label != "le").cloned().collect();
            (name + suffix, labels)
        })
        .collect();

    let rows = section("operations", "Metrics").lines();
    let rows = rows
        .skip_while(|line| !line.starts_with("| metric |"))
        .skip(2);
    let mut named = BTreeSet::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cell = |number: usize| row.split('|').nth(number).unwrap().split('`');
        let labels: BTreeSet<_> = cell(2).skip(1).step_by(2).map(str::to_owned).collect();
        for name in cell(1).skip(1).step_by(2) {
            named.insert((name.to_owned(), labels.clone()));
        }
    }
    assert_eq!(named, seen);
}

use chrono::DateTime;
use serde_json::json;
use tracing_subscriber::{Registry, layer::SubscriberExt};

use super::RecentAuditEvents;
use crate::{
    audit::{AuditAction, audit},
    clock::Clock,
};

/// Runs the work with a layer that keeps that number of events, and returns them as JSON, the newest first.
fn kept(capacity: usize, work: impl FnOnce()) -> serde_json::Value {
    let clock = Clock::from_fn(|| DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let events = RecentAuditEvents::new(capacity);
    let subscriber = Registry::default().with(events.layer(clock));
    tracing::subscriber::with_default(subscriber, work);
    let events = events.newest(100).into_iter();
    let events = events.map(|event| {
        let mut object = json!(event.fields);
        object["at"] = json!(event.at);
        object
    });
    events.collect()
}

#[test]
fn events_have_the_fields_of_their_log_line_and_of_the_request() {
    let events = kept(10, || {
        let span = tracing::info_span!("request", request_id = %"r1", method = %"POST", network = %"192.0.2.1");
        span.in_scope(|| {
            audit!(AuditAction::Login, Refused, user.id = %7, reason = "password", absent = None::<u8>);
            tracing::info!(status = 200, "answered");
        });
        audit!(
            AuditAction::LogoutEverybody,
            Done,
            users = 3,
            by = "command line"
        );
    });
    let at = "2027-01-15T08:00:00Z";
    let login = json!({
        "at": at, "act": "login", "outcome": "refused", "user.id": "7", "reason": "password",
        "network": "192.0.2.1", "request_id": "r1",
    });
    let logout = json!({
        "at": at, "act": "logout_everybody", "outcome": "done", "users": 3, "by": "command line",
    });
    assert_eq!(events, json!([logout, login]));
}

#[test]
fn the_oldest_events_are_dropped() {
    let log_in = |id: u64| audit!(AuditAction::Login, Done, user.id = %id);
    let ids = |capacity| {
        let events = kept(capacity, || (1..=5).for_each(log_in));
        let events = events.as_array().unwrap().iter();
        events
            .map(|event| event["user.id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(2), ["5", "4"]);
    assert_eq!(ids(5).len(), 5);
    assert!(ids(0).is_empty());
}

#[test]
fn refusals_do_not_displace_what_was_done() {
    let events = kept(2, || {
        audit!(AuditAction::RoleChange, Done, user.id = %1);
        for id in 2..=9 {
            audit!(AuditAction::Access, Refused, user.id = %id);
        }
        audit!(AuditAction::Login, Done, user.id = %10);
    });
    let events = events.as_array().unwrap().iter();
    let seen: Vec<_> = events
        .map(|event| event["user.id"].as_str().unwrap())
        .collect();
    assert_eq!(seen, ["10", "9", "8", "1"]);
}

//! `GET /admin/events`: the last audit events of this node.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::users::limit_of;
use crate::{
    config::AdminConfig,
    http::{
        extract::{AdminOnly, Query},
        openapi::OpenApiBuilder,
        problem::Problem,
    },
    telemetry::{AuditEvent, RecentAuditEvents},
};

/// The default number of events in a response.
const PAGE: u32 = 50;

pub(crate) fn describe(api: &mut OpenApiBuilder) {
    api.get("/admin/events", "List the last audit events of this node.")
        .query(
            "limit",
            &json!({ "type": "integer", "minimum": 1, "maximum": AdminConfig::MOST_EVENTS, "default": PAGE }),
        )
        .admin(false)
        .answers::<EventList>(200, "The events, the newest first.")
        .fails(&[422]);
}

/// Audit events since the start of this node, the newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct EventList {
    events: Vec<ListedEvent>,
}

/// An audit event, with the fields of its log line.
#[derive(Serialize, JsonSchema)]
struct ListedEvent {
    /// The time, as RFC 3339 in UTC.
    at: DateTime<Utc>,
    /// `act`, `outcome`, and the fields that apply: `user.id`, `sid`, `client_id`, `reason`, `by`, `network`,
    /// `request_id`.
    #[serde(flatten)]
    #[schemars(with = "BTreeMap<String, Value>")]
    fields: BTreeMap<&'static str, Value>,
}

impl From<AuditEvent> for ListedEvent {
    fn from(AuditEvent { at, fields }: AuditEvent) -> Self {
        Self { at, fields }
    }
}

pub(crate) async fn events(
    State(events): State<RecentAuditEvents>,
    _: AdminOnly,
    query: Query,
) -> Result<Json<EventList>, Problem> {
    query.has_only(&["limit"])?;
    let limit = limit_of(&query, AdminConfig::MOST_EVENTS)?.unwrap_or(PAGE);
    let events = events.newest(usize::try_from(limit).unwrap_or(usize::MAX));
    let events = events.into_iter().map(ListedEvent::from).collect();
    Ok(Json(EventList { events }))
}

//! The last audit events of this process, which admins can see. They are kept in memory only.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{
    layer::{Context, Layer},
    registry::LookupSpan,
};

use crate::{
    audit::{self, AuditOutcome},
    clock::Clock,
};

/// The fields of a request's span that belong to its events.
const REQUEST_FIELDS: [&str; 2] = ["network", "request_id"];

/// An audit event, with the fields of its log line.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    /// The time.
    pub at: DateTime<Utc>,
    /// `act`, `outcome`, and the fields that apply: `user.id`, `sid`, `client_id`, `reason`, `by`, `network`,
    /// `request_id`.
    pub fields: BTreeMap<&'static str, Value>,
}

/// The last audit events. Cheap to clone; all clones share the events. The default keeps none.
///
/// Refusals are kept apart, because anyone can cause them: they do not displace what was done.
#[derive(Debug, Clone, Default)]
pub struct RecentAuditEvents(Arc<KeptEvents>);

#[derive(Debug, Default)]
struct KeptEvents {
    capacity: usize,
    events: Mutex<EventQueues>,
}

/// The events in the order of their numbers.
#[derive(Debug, Default)]
struct EventQueues {
    count: u64,
    done: VecDeque<(u64, AuditEvent)>,
    refused: VecDeque<(u64, AuditEvent)>,
}

impl RecentAuditEvents {
    /// Keeps the last `capacity` events that were done, and as many that were refused.
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(KeptEvents {
            capacity,
            events: Mutex::default(),
        }))
    }

    /// Returns at most `limit` events, the newest first.
    pub fn newest(&self, limit: usize) -> Vec<AuditEvent> {
        let queues = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events: Vec<_> = queues.done.iter().chain(&queues.refused).collect();
        events.sort_by_key(|(number, _)| Reverse(*number));
        let newest = events.into_iter().take(limit);
        newest.map(|(_, event)| event.clone()).collect()
    }

    fn keep(&self, event: AuditEvent) {
        let refused = AuditOutcome::Refused.as_str();
        let is_refused = event.fields.get("outcome").is_some_and(|it| it == refused);
        let mut queues = self.0.events.lock().unwrap_or_else(PoisonError::into_inner);
        queues.count += 1;
        let number = queues.count;
        let queue = if is_refused {
            &mut queues.refused
        } else {
            &mut queues.done
        };
        if queue.len() == self.0.capacity {
            queue.pop_front();
        }
        queue.push_back((number, event));
    }

    /// Returns the layer that keeps the events, with the times of that clock, or none if it would keep none.
    pub fn layer<S>(&self, clock: Clock) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        (self.0.capacity > 0).then(|| RecentEventsLayer {
            events: self.clone(),
            clock,
        })
    }
}

struct RecentEventsLayer {
    events: RecentAuditEvents,
    clock: Clock,
}

impl<S> Layer<S> for RecentEventsLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut of_request = RequestFields::default();
        attributes.record(&mut of_request);
        let RequestFields(fields) = of_request;
        if let Some(span) = context.span(id).filter(|_| !fields.0.is_empty()) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != audit::TARGET {
            return;
        }
        let mut fields = Fields::default();
        if let Some(span) = context.event_span(event)
            && let Some(of_request) = span.extensions().get::<Fields>()
        {
            fields = of_request.clone();
        }
        event.record(&mut fields);
        self.events.keep(AuditEvent {
            at: self.clock.now_to_the_microsecond(),
            fields: fields.0,
        });
    }
}

/// The fields of a request's span that belong to its events. The others are not formatted.
#[derive(Default)]
struct RequestFields(Fields);

impl Visit for RequestFields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if REQUEST_FIELDS.contains(&field.name()) {
            self.0.record_debug(field, value);
        }
    }
}

/// The fields of a span or an event.
#[derive(Clone, Default)]
struct Fields(BTreeMap<&'static str, Value>);

impl Visit for Fields {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests;

//! Formats each event as one JSON object, with the members that the JSON format of `tracing-subscriber` writes.
//!
//! That format parses and serializes the fields of the span again for each event, and validates each piece of
//! text. Here the fields are serialized once, when the span starts, and then copied.

use std::fmt::{self, Write};

use chrono::SecondsFormat;
use serde::ser::{SerializeMap, Serializer};
use tracing::{Event, Metadata, Subscriber, span::Record};
use tracing_log::NormalizeEvent;
use tracing_serde::SerdeMapVisitor;
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, format::Writer},
    registry::LookupSpan,
};

use crate::clock::Clock;

/// The initial capacity of a line in bytes, which most lines do not exceed.
const LINE_CAPACITY: usize = 512;

/// Writes an event: its time, level, fields, target and span.
pub(super) struct JsonEvents {
    pub(super) clock: Clock,
}

/// Writes the fields of a span as one JSON object.
pub(super) struct JsonFields;

impl<S> FormatEvent<S, JsonFields> for JsonEvents
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        // Events of the `log` crate have their level and target in their fields.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let now = self.clock.now_to_the_microsecond();
        let timestamp = now.to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut line = text(&timestamp, metadata, event).map_err(|_| fmt::Error)?;
        let span = event.parent().and_then(|id| context.span(id));
        if let Some(span) = span.or_else(|| context.lookup_current()) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            let fields = fields.map_or("{}", |fields| &fields.fields);
            add_span(&mut line, fields, span.name())?;
        }
        line.push('\n');
        writer.write_str(&line)
    }
}

/// Returns the JSON object of the event without its span.
fn text(
    timestamp: &str,
    metadata: &Metadata<'_>,
    event: &Event<'_>,
) -> Result<String, serde_json::Error> {
    let mut line = Vec::with_capacity(LINE_CAPACITY);
    let mut serializer = serde_json::Serializer::new(&mut line);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("timestamp", timestamp)?;
    map.serialize_entry("level", metadata.level().as_str())?;
    let mut fields = SerdeMapVisitor::new(map);
    event.record(&mut fields);
    let mut map = fields.take_serializer()?;
    map.serialize_entry("target", metadata.target())?;
    map.end()?;
    String::from_utf8(line).map_err(serde::ser::Error::custom)
}

/// Adds the member `span` to a JSON object: the fields and the name of the span.
fn add_span(line: &mut String, fields: &str, name: &str) -> fmt::Result {
    line.pop();
    let fields = fields.strip_suffix('}').unwrap_or(fields);
    let comma = if fields == "{" { "" } else { "," };
    write!(line, ",\"span\":{fields}{comma}\"name\":{name:?}}}}}")
}

impl<'writer> FormatFields<'writer> for JsonFields {
    fn format_fields<R: RecordFields>(
        &self,
        mut writer: Writer<'writer>,
        fields: R,
    ) -> fmt::Result {
        let fields = members(&fields).map_err(|_| fmt::Error)?;
        writer.write_str(&fields)
    }

    /// Adds fields that are recorded after the start of the span.
    fn add_fields(
        &self,
        current: &'writer mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        let added = members(fields).map_err(|_| fmt::Error)?;
        if current.fields.len() <= "{}".len() {
            current.fields = added;
        } else if let Some(added) = added.strip_prefix('{').filter(|added| *added != "}") {
            current.fields.pop();
            current.fields.push(',');
            current.fields.push_str(added);
        }
        Ok(())
    }
}

fn members(fields: &impl RecordFields) -> Result<String, serde_json::Error> {
    let mut json = Vec::with_capacity(LINE_CAPACITY);
    let mut serializer = serde_json::Serializer::new(&mut json);
    let mut visitor = SerdeMapVisitor::new(serializer.serialize_map(None)?);
    fields.record(&mut visitor);
    visitor.finish()?;
    String::from_utf8(json).map_err(serde::ser::Error::custom)
}

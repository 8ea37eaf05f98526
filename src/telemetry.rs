//! Logging to standard error: readable text in a terminal, JSON otherwise. No line contains a secret.

mod json;
mod recent_events;
mod writer;

use std::{
    fmt::{self, Write},
    io::{self, IsTerminal},
    panic,
    time::Duration,
};

use tracing::{Dispatch, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    field::MakeExt,
    filter::Targets,
    fmt::{MakeWriter, format, layer},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

pub use self::recent_events::{AuditEvent, RecentAuditEvents};
use self::{
    json::{JsonEvents, JsonFields},
    writer::LogWriter,
};
use crate::clock::Clock;

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Readable text if standard error is a terminal, JSON otherwise.
    Auto,
    /// Readable text.
    Pretty,
    /// One JSON object per line.
    Json,
}

/// The log of this process.
#[derive(Debug)]
pub struct Log(LogWriter);

impl Log {
    /// Waits until the lines logged so far are written, at most for `timeout`.
    pub fn finish(&self, timeout: Duration) {
        self.0.finish(timeout);
    }
}

/// Starts logging the events that `filter` selects, and keeping the audit events among them. `main` calls this once.
///
/// A panic is logged with its location only, because its message may contain a secret.
///
/// # Errors
/// The thread of the writer cannot be started.
pub fn init(format: LogFormat, filter: &str, events: &RecentAuditEvents) -> io::Result<Log> {
    let lines = LogWriter::to(io::stderr())?;
    let queue = lines.clone();
    let writer = move || queue.clone();
    let is_terminal = io::stderr().is_terminal();
    let is_pretty = match format {
        LogFormat::Auto => is_terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    let logs = if is_pretty {
        pretty(filter, is_terminal, events, writer)
    } else {
        json_lines(filter, events, writer)
    };
    if logs.try_init().is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(tracing::field::display);
            tracing::error!(place, "panicked");
        }));
    }
    Ok(Log(lines))
}

/// Returns the filter of events that may be logged at all. The configured filter cannot extend it.
///
/// Events of other crates below `info` may contain headers, frames and bodies, so they are dropped even if the
/// filter is `trace`. SQL statements have placeholders instead of values and may be logged. The parser of the
/// database URL logs unknown parts of the URL at `warn`, so only its errors are logged.
fn permitted() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("signet", LevelFilter::TRACE)
        .with_target("sqlx::query", LevelFilter::TRACE)
        .with_target("sqlx_postgres::options", LevelFilter::ERROR)
}

fn dispatch(
    filter: &str,
    events: &RecentAuditEvents,
    lines: impl Layer<Registry> + Send + Sync,
) -> Dispatch {
    let filter = EnvFilter::try_new(filter).unwrap_or_default();
    let registry = Registry::default()
        .with(lines)
        .with(events.layer(Clock::system()));
    Dispatch::new(registry.with(filter).with(permitted()))
}

fn pretty<W>(filter: &str, ansi: bool, events: &RecentAuditEvents, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let fields = format::debug_fn(|out, field, value| match field.name() {
        "message" => write!(EscapedText(out), "{value:?}"),
        // Metadata of the `log` crate, which is already part of the event.
        name if name.starts_with("log.") => Ok(()),
        name => write!(EscapedText(out), "{name}={value:?}"),
    });
    let lines = layer()
        .fmt_fields(fields.delimited(" "))
        .with_target(false)
        .with_ansi(ansi)
        .with_writer(writer);
    dispatch(filter, events, lines)
}

fn json_lines<W>(filter: &str, events: &RecentAuditEvents, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = layer()
        .fmt_fields(JsonFields)
        .event_format(JsonEvents {
            clock: Clock::system(),
        })
        .with_ansi(false)
        .with_writer(writer);
    dispatch(filter, events, lines)
}

/// A writer that escapes control characters, so that text cannot forge lines or control a terminal. The JSON
/// serializer does so itself.
struct EscapedText<'a, W>(&'a mut W);

impl<W: Write> Write for EscapedText<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| {
            if c.is_control() {
                write!(self.0, "{}", c.escape_default())
            } else {
                self.0.write_char(c)
            }
        })
    }
}

#[cfg(test)]
mod tests;

//! Logs: for people in a terminal, JSON elsewhere, always on standard error, never with a secret.

mod json;
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

use self::{
    json::{JsonEvents, JsonFields},
    writer::LogWriter,
};
use crate::clock::Clock;

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people where standard error is a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// The log of this process.
#[derive(Debug)]
pub struct Log(LogWriter);

impl Log {
    /// Waits until what was logged so far is written, for `patience` at most.
    pub fn finish(&self, patience: Duration) {
        self.0.finish(patience);
    }
}

/// Begins to log what `filter` lets through. Called once, by `main`.
///
/// A panic is logged by its place alone: its message could quote anything.
///
/// # Errors
/// The system has no thread left.
pub fn init(format: LogFormat, filter: &str) -> io::Result<Log> {
    let lines = LogWriter::to(io::stderr())?;
    let queue = lines.clone();
    let writer = move || queue.clone();
    let is_terminal = io::stderr().is_terminal();
    let pretty = match format {
        LogFormat::Auto => is_terminal,
        LogFormat::Pretty => true,
        LogFormat::Json => false,
    };
    let logs = if pretty {
        for_people(filter, is_terminal, writer)
    } else {
        in_json(filter, writer)
    };
    if logs.try_init().is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(tracing::field::display);
            tracing::error!(place, "panicked");
        }));
    }
    Ok(Log(lines))
}

/// What may be logged at all, whatever the filter asks for.
///
/// Other crates write for their own authors: nobody promises that what they say below `info` holds
/// no header, no frame and no body, so a filter of `trace` stops there. Statements of the database
/// have places where the values go, and may be seen; but the reader of its URL says back whatever
/// it does not know in it, at `warn`.
fn harmless() -> Targets {
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_target("signet", LevelFilter::TRACE)
        .with_target("sqlx::query", LevelFilter::TRACE)
        .with_target("sqlx_postgres::options", LevelFilter::ERROR)
}

fn dispatch(filter: &str, lines: impl Layer<Registry> + Send + Sync) -> Dispatch {
    let filter = EnvFilter::try_new(filter).unwrap_or_default();
    let registry = Registry::default();
    Dispatch::new(registry.with(lines).with(filter).with(harmless()))
}

fn for_people<W>(filter: &str, ansi: bool, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let fields = format::debug_fn(|out, field, value| match field.name() {
        "message" => write!(EscapedText(out), "{value:?}"),
        // What `log` says of itself has been said already.
        name if name.starts_with("log.") => Ok(()),
        name => write!(EscapedText(out), "{name}={value:?}"),
    });
    let lines = layer()
        .fmt_fields(fields.delimited(" "))
        .with_target(false)
        .with_ansi(ansi)
        .with_writer(writer);
    dispatch(filter, lines)
}

fn in_json<W>(filter: &str, writer: W) -> Dispatch
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
    dispatch(filter, lines)
}

/// Text in which a line stays a line and a terminal is given no orders: control characters are
/// spelt out. JSON does that by itself.
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

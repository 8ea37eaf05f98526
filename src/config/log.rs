//! `log.…`: how to log.

use tracing_subscriber::EnvFilter;

use super::reader::Reader;
use crate::telemetry::Format;

/// What happened, and no statement of the database: those have a log of their own.
const DEFAULT_FILTER: &str = "info,sqlx=error";

/// How to log.
#[derive(Debug, Clone)]
pub struct Log {
    /// The shape of a line.
    pub format: Format,
    /// What is logged: directives such as `info` or `signet=debug,info`.
    pub filter: String,
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            format: reader.value("log.format", Format::Auto, |text| match text {
                "auto" => Ok(Format::Auto),
                "pretty" => Ok(Format::Pretty),
                "json" => Ok(Format::Json),
                _ => Err("must be auto, pretty or json"),
            }),
            filter: reader.value("log.filter", DEFAULT_FILTER.to_owned(), |text| {
                match text.parse::<EnvFilter>() {
                    Ok(_) => Ok(text.to_owned()),
                    Err(_) => Err("must be directives such as info or signet=debug,info"),
                }
            }),
        }
    }
}

//! `log.…`: how to log.

use tracing_subscriber::EnvFilter;

use super::reader::SettingReader;
use crate::telemetry::LogFormat;

/// What happened, and no statement of the database: those have a log of their own.
const DEFAULT_FILTER: &str = "info,sqlx=error";

/// How to log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The shape of a line.
    pub format: LogFormat,
    /// What is logged: directives such as `info` or `signet=debug,info`.
    pub filter: String,
}

impl LogConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            format: reader.value("log.format", LogFormat::Auto, |text| match text {
                "auto" => Ok(LogFormat::Auto),
                "pretty" => Ok(LogFormat::Pretty),
                "json" => Ok(LogFormat::Json),
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

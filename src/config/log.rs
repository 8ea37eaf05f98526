//! `log.…`: the format and the filter of the log.

use tracing_subscriber::EnvFilter;

use super::reader::SettingReader;
use crate::telemetry::LogFormat;

/// The default filter: events from level `info`, without the statement log of sqlx.
/// them on.
const DEFAULT_FILTER: &str = "info,sqlx=error";

/// Settings of the log.
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// The format of a log line.
    pub format: LogFormat,
    /// The filter: directives such as `info` or `signet=debug,info`.
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

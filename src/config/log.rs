//! `log.…`: the format and the filter of the log.

use tracing_subscriber::EnvFilter;

use super::reader::SettingReader;
use crate::telemetry::LogFormat;

/// The formats of a log line.
const FORMATS: &[LogFormat] = &[LogFormat::Auto, LogFormat::Pretty, LogFormat::Json];

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
        let format = reader.choice("log.format", FORMATS, |format| match format {
            LogFormat::Auto => "auto",
            LogFormat::Pretty => "pretty",
            LogFormat::Json => "json",
        });
        let filter = reader.declared("log.filter", |text| match text.parse::<EnvFilter>() {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err("must be directives such as info or signet=debug,info"),
        });
        Self {
            format: format.unwrap_or(LogFormat::Auto),
            filter: filter.unwrap_or_default(),
        }
    }
}

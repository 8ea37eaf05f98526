//! `admin.…`: administration over HTTP.

use super::reader::SettingReader;

/// Settings of the administration API.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// The administration API is served. The command line offers the same functions without it.
    pub is_enabled: bool,
}

impl AdminConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            is_enabled: reader.boolean("admin.enabled"),
        }
    }
}

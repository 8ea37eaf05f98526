//! `admin.…`: administration over HTTP.

use super::{duration::truth, reader::SettingReader};

/// Administration over HTTP.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// Whether it is served at all. Where not, the command line does the same.
    pub is_enabled: bool,
}

impl AdminConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            is_enabled: reader.value("admin.enabled", false, truth),
        }
    }
}

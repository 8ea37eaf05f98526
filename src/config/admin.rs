//! `admin.…`: administration over HTTP.

use super::{duration::truth, reader::Reader};

/// Administration over HTTP.
#[derive(Debug, Clone)]
pub struct Admin {
    /// Whether it is served at all. Where not, the command line does the same.
    pub is_enabled: bool,
}

impl Admin {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            is_enabled: reader.value("admin.enabled", false, truth),
        }
    }
}

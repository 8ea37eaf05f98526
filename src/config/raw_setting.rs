//! Settings before they are parsed.

use std::{collections::BTreeMap, fmt};

use super::{ConfigError, ConfigErrors};

/// Settings that are arrays of tables, such as `[[clients]]`, and only allowed in the file.
pub(super) const TABLES: &[&str] = &["clients", "providers"];

/// A value before it is parsed, and its origin.
#[derive(Clone)]
pub(super) struct RawSetting {
    pub(super) value: toml::Value,
    pub(super) origin: String,
}

/// Shows the origin alone: the value may be a secret.
impl fmt::Debug for RawSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RawSetting");
        shown.field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// One table of an array of tables, such as `[[clients]]`, before it is parsed.
#[derive(Debug, Clone)]
pub(super) struct RawTable {
    /// The settings of the table, or `None` if the element is no table.
    pub(super) settings: Option<BTreeMap<String, RawSetting>>,
    pub(super) origin: String,
}

/// Returns the error of a source that cannot be read.
pub(super) fn unreadable(origin: &str, problem: &str) -> ConfigErrors {
    ConfigErrors(vec![ConfigError {
        setting: "configuration".to_owned(),
        origin: origin.to_owned(),
        problem: problem.to_owned(),
    }])
}

//! `admin.…`: administration over HTTP.

use super::reader::SettingReader;
use crate::client::Acr;

/// Settings of the administration API.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// The administration API is served. The command line offers the same functions without it.
    pub is_enabled: bool,
    /// The number of audit events that this process keeps for admins.
    pub events: usize,
    /// The least strength of the login of an admin.
    pub require_acr: Acr,
}

impl AdminConfig {
    /// The most audit events that can be kept.
    pub const MOST_EVENTS: u32 = 10_000;

    /// Returns how many audit events this process keeps: none without the administration API.
    pub fn kept_events(&self) -> usize {
        if self.is_enabled { self.events } else { 0 }
    }

    pub(super) fn read(reader: &mut SettingReader) -> Self {
        Self {
            is_enabled: reader.boolean("admin.enabled"),
            events: reader.number("admin.events"),
            require_acr: reader
                .choice("admin.require_acr", Acr::ALL, Acr::as_str)
                .unwrap_or_default(),
        }
    }
}

//! `outbound.…`: the servers that Signet sends requests to.

use super::reader::SettingReader;
use crate::network::AllowedTargets;

/// The most entries of `outbound.allow`.
const MOST: usize = 64;

/// The rule for requests to other servers: providers, clients, and the service of `migration.verify_url`.
#[derive(Debug, Clone, Default)]
pub struct OutboundConfig {
    /// Private networks and hosts that requests may reach.
    pub allow: AllowedTargets,
}

impl OutboundConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let allow = reader.words("outbound.allow", |entries| {
            if entries.len() > MOST {
                return Err(format!("must have at most {MOST} entries"));
            }
            AllowedTargets::parse(&entries)
        });
        Self {
            allow: allow.unwrap_or_default(),
        }
    }
}

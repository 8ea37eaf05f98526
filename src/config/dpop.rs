//! `dpop.…`: proofs of possession (RFC 9449) of all clients, and the settings of one client.

use chrono::{DateTime, Utc};

use super::reader::SettingReader;
use crate::client::{ClientDpop, DpopBinding, DpopMode, TokenTransport};

/// When a proof needs a nonce.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NoncePolicy {
    /// If the clock of the client is wrong, or its proof was used before.
    #[default]
    WhenNeeded,
    /// Always.
    Always,
}

impl NoncePolicy {
    /// All policies.
    pub const ALL: &[Self] = &[Self::WhenNeeded, Self::Always];

    /// Returns the name in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WhenNeeded => "when_needed",
            Self::Always => "always",
        }
    }
}

/// The settings of proofs for all clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DpopConfig {
    /// When a proof needs a nonce.
    pub nonce: NoncePolicy,
}

impl DpopConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let nonce = reader.choice("dpop.nonce", NoncePolicy::ALL, NoncePolicy::as_str);
        Self {
            nonce: nonce.unwrap_or_default(),
        }
    }
}

/// Reads the settings of a client. A browser with cookies presents no proofs, so a client with cookie transport has
/// none of these settings.
pub(super) fn of_client(
    reader: &mut SettingReader,
    prefix: &str,
    transport: TokenTransport,
) -> ClientDpop {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let settings = ["dpop", "dpop_binds", "dpop_required_from"];
    let given = settings.map(|setting| {
        let origin = reader.origin(&name(setting));
        (setting, reader.is_set(&name(setting)), origin)
    });
    let mode = reader.choice(&name("dpop"), DpopMode::ALL, DpopMode::as_str);
    let binds = reader.choice(&name("dpop_binds"), DpopBinding::ALL, DpopBinding::as_str);
    let required_from = reader.optional(&name("dpop_required_from"), time);
    let (mode, binds) = (mode.unwrap_or_default(), binds.unwrap_or_default());
    let without_effect = |setting| match setting {
        _ if transport == TokenTransport::Cookie => {
            let is_off = setting == "dpop" && mode == DpopMode::Off;
            (!is_off).then_some("is for bearer transport: browsers attach no proof to cookies")
        }
        "dpop_binds" if mode == DpopMode::Off => Some("has no effect while dpop is off"),
        "dpop_required_from" if mode != DpopMode::Required => {
            Some("has no effect without dpop = \"required\"")
        }
        _ => None,
    };
    for (setting, is_set, origin) in given {
        if let Some(problem) = without_effect(setting).filter(|_| is_set) {
            reader.fault(&name(setting), &origin, problem.to_owned());
        }
    }
    if transport == TokenTransport::Cookie {
        return ClientDpop::OFF;
    }
    ClientDpop {
        mode,
        binds,
        required_from,
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = text.parse();
    time.map_err(|_| "must be a time such as 2026-01-31T12:00:00Z (RFC 3339)")
}

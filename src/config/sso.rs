//! `[sso]`: single sign-on across the clients of the issuer.

use chrono::TimeDelta;

use super::{
    duration::{between, boolean},
    reader::SettingReader,
};

/// The settings of single sign-on.
#[derive(Debug, Clone)]
pub struct SsoConfig {
    /// Set if logins on the hosted pages begin a session at the issuer.
    pub is_enabled: bool,
    /// The time after which an unused session ends.
    pub idle: TimeDelta,
    /// The time after which every session ends.
    pub absolute: TimeDelta,
}

impl SsoConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let second = TimeDelta::seconds(1);
        let origin = reader.origin("sso.idle");
        let idle = reader.value(
            "sso.idle",
            TimeDelta::hours(12),
            between(second, TimeDelta::days(90)),
        );
        let absolute = reader.value(
            "sso.absolute",
            TimeDelta::days(30),
            between(second, TimeDelta::days(90)),
        );
        if idle > absolute {
            let problem = "must not be longer than sso.absolute".to_owned();
            reader.fault("sso.idle", &origin, problem);
        }
        Self {
            is_enabled: reader.value("sso.enabled", true, boolean),
            idle,
            absolute,
        }
    }
}

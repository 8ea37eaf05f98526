//! `[sso]`: single sign-on across the clients of the issuer.

use chrono::TimeDelta;

use super::reader::SettingReader;

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
        let origin = reader.origin("sso.idle");
        let idle = reader.duration("sso.idle");
        let absolute = reader.duration("sso.absolute");
        if idle > absolute {
            let problem = "must not be longer than sso.absolute".to_owned();
            reader.fault("sso.idle", &origin, problem);
        }
        Self {
            is_enabled: reader.boolean("sso.enabled"),
            idle,
            absolute,
        }
    }
}

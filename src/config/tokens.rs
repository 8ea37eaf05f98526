//! `tokens.…`: lifetimes of tokens, and the clock leeway.

use chrono::TimeDelta;

use super::{
    duration::duration,
    reader::{SettingReader, default_of},
};

/// Lifetimes of tokens, and the clock leeway.
#[derive(Debug, Clone)]
pub struct TokensConfig {
    /// The lifetime of an access token, if its client has no setting.
    pub access_lifetime: TimeDelta,
    /// The idle timeout of a refresh token, if its client has no setting.
    pub refresh_idle: TimeDelta,
    /// The maximum lifetime of a session, if its client has no setting.
    pub refresh_absolute: TimeDelta,
    /// The lifetime of the link that confirms a sign-up.
    pub sign_up_lifetime: TimeDelta,
    /// The maximum age of a login for sensitive actions.
    pub recent_login: TimeDelta,
    /// The largest tolerated difference between two clocks.
    pub leeway: TimeDelta,
}

/// The furthest that the expiry of a token or a session may lie in the future: beyond every lifetime that
/// can be configured.
pub(crate) const FURTHEST_EXPIRY: TimeDelta = TimeDelta::days(3660);

/// Reads the three lifetimes that a client can override, under `prefix`.
pub(super) fn lifetimes(
    reader: &mut SettingReader,
    prefix: &str,
    [access, idle, absolute]: [TimeDelta; 3],
) -> [TimeDelta; 3] {
    let name = |setting: &str| format!("{prefix}.{setting}");
    let origin = reader.origin(&name("refresh_idle"));
    let access = reader.duration_or(&name("access_lifetime"), access);
    let idle = reader.duration_or(&name("refresh_idle"), idle);
    let absolute = reader.duration_or(&name("refresh_absolute"), absolute);
    if idle > absolute {
        let problem = format!("must not be longer than {}", name("refresh_absolute"));
        reader.fault(&name("refresh_idle"), &origin, problem);
    }
    [access, idle, absolute]
}

impl TokensConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let defaults = [
            "tokens.access_lifetime",
            "tokens.refresh_idle",
            "tokens.refresh_absolute",
        ];
        let defaults = defaults.map(|it| default_of(it, duration).unwrap_or_default());
        let [access_lifetime, refresh_idle, refresh_absolute] =
            lifetimes(reader, "tokens", defaults);
        Self {
            access_lifetime,
            refresh_idle,
            refresh_absolute,
            sign_up_lifetime: reader.duration("tokens.sign_up_lifetime"),
            recent_login: reader.duration("tokens.recent_login"),
            leeway: reader.duration("tokens.leeway"),
        }
    }
}

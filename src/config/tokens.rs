//! `tokens.…`: lifetimes of tokens, and the clock leeway.

use chrono::TimeDelta;

use super::{duration::between, reader::SettingReader};

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

/// The longest lifetime of an access token. It bounds the use of a stolen one.
const MAX_ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// The longest lifetime of a session.
const MAX_SESSION_LIFETIME: TimeDelta = TimeDelta::days(3650);

/// The furthest that the expiry of a token or a session may lie in the future: beyond every lifetime that
/// can be configured.
pub(crate) const FURTHEST_EXPIRY: TimeDelta = TimeDelta::days(3660);

/// Reads the three lifetimes that a client can override, under `prefix`.
pub(super) fn lifetimes(
    reader: &mut SettingReader,
    prefix: &str,
    [access, idle, absolute]: [TimeDelta; 3],
) -> [TimeDelta; 3] {
    let second = TimeDelta::seconds(1);
    let name = |setting: &str| format!("{prefix}.{setting}");
    let origin = reader.origin(&name("refresh_idle"));
    let access = reader.value(
        &name("access_lifetime"),
        access,
        between(second, MAX_ACCESS_LIFETIME),
    );
    let idle = reader.value(
        &name("refresh_idle"),
        idle,
        between(second, MAX_SESSION_LIFETIME),
    );
    let absolute = reader.value(
        &name("refresh_absolute"),
        absolute,
        between(second, MAX_SESSION_LIFETIME),
    );
    if idle > absolute {
        let problem = format!("must not be longer than {}", name("refresh_absolute"));
        reader.fault(&name("refresh_idle"), &origin, problem);
    }
    [access, idle, absolute]
}

impl TokensConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let defaults = [
            TimeDelta::minutes(5),
            TimeDelta::days(30),
            TimeDelta::days(90),
        ];
        let [access_lifetime, refresh_idle, refresh_absolute] =
            lifetimes(reader, "tokens", defaults);
        let second = TimeDelta::seconds(1);
        let day = TimeDelta::days(1);
        Self {
            access_lifetime,
            refresh_idle,
            refresh_absolute,
            sign_up_lifetime: reader.value("tokens.sign_up_lifetime", day, between(second, day)),
            recent_login: reader.value(
                "tokens.recent_login",
                TimeDelta::minutes(10),
                between(second, TimeDelta::hours(1)),
            ),
            leeway: reader.value(
                "tokens.leeway",
                TimeDelta::seconds(30),
                between(TimeDelta::zero(), TimeDelta::minutes(1)),
            ),
        }
    }
}

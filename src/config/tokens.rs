//! `tokens.…`: how long what the client holds is good for.

use chrono::TimeDelta;

use super::{duration::between, reader::SettingReader};

/// Lifetimes and leeway.
#[derive(Debug, Clone)]
pub struct TokensConfig {
    /// Of an access token, where its client says nothing else.
    pub access_lifetime: TimeDelta,
    /// Of an unused refresh token, where its client says nothing else.
    pub refresh_idle: TimeDelta,
    /// Of a login, where its client says nothing else.
    pub refresh_absolute: TimeDelta,
    /// Of the link that confirms a sign-up.
    pub sign_up_lifetime: TimeDelta,
    /// How long ago a login may be for what is sensitive.
    pub recent_login: TimeDelta,
    /// How far two clocks may disagree.
    pub leeway: TimeDelta,
}

/// The longest life of an access token: what a stolen one is good for.
const ACCESS_CAP: TimeDelta = TimeDelta::minutes(15);

/// The longest life of a login.
const ABSOLUTE_CAP: TimeDelta = TimeDelta::days(3650);

/// Reads the three lifetimes that a client may have of its own, under `prefix`.
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
        between(second, ACCESS_CAP),
    );
    let idle = reader.value(&name("refresh_idle"), idle, between(second, ABSOLUTE_CAP));
    let absolute = reader.value(
        &name("refresh_absolute"),
        absolute,
        between(second, ABSOLUTE_CAP),
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

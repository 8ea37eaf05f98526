//! `limits.…`: rate limits for requests that guess secrets or cost resources.

use std::{fmt, num::NonZeroU32, time::Duration};

use chrono::TimeDelta;

use super::{
    duration::{between, duration, number, show},
    reader::SettingReader,
};

/// The longest window of a rate.
pub const LONGEST_WINDOW: TimeDelta = TimeDelta::days(1);

/// A rate: a number of requests in a window of time, such as `10/15m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The number of requests.
    pub count: NonZeroU32,
    /// The window.
    pub window: TimeDelta,
}

impl Rate {
    fn new(count: u32, window: TimeDelta) -> Self {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self { count, window }
    }

    /// Returns this rate with another count.
    #[must_use]
    pub fn with_count(self, count: NonZeroU32) -> Self {
        Self { count, ..self }
    }

    /// Returns the time after which one spent request is available again.
    pub fn interval(self) -> Duration {
        self.window.to_std().unwrap_or_default() / self.count.get()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, show(self.window))
    }
}

/// Rate limits for requests that guess secrets or cost resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Rate limits apply.
    pub enabled: bool,
    /// The most buckets that are kept in memory.
    pub capacity: usize,
    /// Logins per network.
    pub login_network: Rate,
    /// Logins per IPv6 /48.
    pub login_site: Rate,
    /// Logins per pair of network and email.
    pub login_pair: Rate,
    /// Logins per email.
    pub login_address: Rate,
    /// All logins.
    pub login_global: Rate,
    /// Emails requested per network.
    pub mail_network: Rate,
    /// Emails requested per IPv6 /48.
    pub mail_site: Rate,
    /// Emails requested per pair of network and recipient.
    pub mail_pair: Rate,
    /// Emails per recipient.
    pub mail_address: Rate,
    /// All emails.
    pub mail_global: Rate,
    /// Confirmed links and failed provider logins per network.
    pub confirm_network: Rate,
    /// Confirmed links and failed provider logins per IPv6 /48.
    pub confirm_site: Rate,
    /// Failed authentications per network and client.
    pub client_network: Rate,
    /// Failed authentications per IPv6 /48 and client.
    pub client_site: Rate,
    /// Requests per user that check or set a password.
    pub password_user: Rate,
    /// Wrong one-time codes and recovery codes per user.
    pub second_factor: Rate,
    /// The same over a longer time.
    pub second_factor_long: Rate,
}

impl LimitsConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let enabled = reader.boolean("limits.enabled");
        let capacity = reader.number("limits.capacity");
        let mut rate = |setting: &str| {
            let rate = reader.declared(setting, rate);
            rate.unwrap_or(Rate::new(1, LONGEST_WINDOW))
        };
        Self {
            enabled,
            capacity,
            login_network: rate("limits.login_network"),
            login_site: rate("limits.login_site"),
            login_pair: rate("limits.login_pair"),
            login_address: rate("limits.login_address"),
            login_global: rate("limits.login_global"),
            mail_network: rate("limits.mail_network"),
            mail_site: rate("limits.mail_site"),
            mail_pair: rate("limits.mail_pair"),
            mail_address: rate("limits.mail_address"),
            mail_global: rate("limits.mail_global"),
            confirm_network: rate("limits.confirm_network"),
            confirm_site: rate("limits.confirm_site"),
            client_network: rate("limits.client_network"),
            client_site: rate("limits.client_site"),
            password_user: rate("limits.password_user"),
            second_factor: rate("limits.second_factor"),
            second_factor_long: rate("limits.second_factor_long"),
        }
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    let wrong = "must be a number and a time such as 10/15m";
    let (count, window) = text.split_once('/').ok_or(wrong)?;
    duration(window).map_err(|_| wrong)?;
    if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong.to_owned());
    }
    let count = number(1, 1_000_000)(count);
    let count = count.map_err(|problem| format!("{problem} and a time, such as 10/15m"))?;
    let window = between(TimeDelta::seconds(1), LONGEST_WINDOW)(window)?;
    Ok(Rate::new(count, window))
}

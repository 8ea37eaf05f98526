//! `limits.…`: how often what can be guessed, or costs something, may be tried.

use std::{fmt, num::NonZeroU32, time::Duration};

use chrono::TimeDelta;

use super::{
    duration::{between, number, show, truth},
    reader::SettingReader,
};

/// The longest time that a rate can be about.
pub const LONGEST_WINDOW: TimeDelta = TimeDelta::days(1);

/// So many in so long: `10/15m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub count: NonZeroU32,
    /// In how long.
    pub window: TimeDelta,
}

impl Rate {
    fn new(count: u32, window: TimeDelta) -> Self {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self { count, window }
    }

    /// So many others in as long.
    #[must_use]
    pub fn with_count(self, count: NonZeroU32) -> Self {
        Self { count, ..self }
    }

    /// How long one of them takes to come back.
    pub fn interval(self) -> Duration {
        self.window.to_std().unwrap_or_default() / self.count.get()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, show(self.window))
    }
}

/// How often what can be guessed, or costs something, may be tried.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Whether anything is limited at all.
    pub enabled: bool,
    /// How many spent budgets are remembered.
    pub capacity: usize,
    /// Logins from one network.
    pub login_network: Rate,
    /// Logins from one IPv6 /48.
    pub login_site: Rate,
    /// Logins from one network to one address.
    pub login_pair: Rate,
    /// Logins to one address.
    pub login_address: Rate,
    /// Logins.
    pub login_global: Rate,
    /// Mails asked for from one network.
    pub mail_network: Rate,
    /// Mails asked for from one IPv6 /48.
    pub mail_site: Rate,
    /// Mails to one address asked for from one network.
    pub mail_pair: Rate,
    /// Mails to one address.
    pub mail_address: Rate,
    /// Mails.
    pub mail_global: Rate,
    /// Links confirmed, and provider logins that fail, from one network.
    pub confirm_network: Rate,
    /// Links confirmed, and provider logins that fail, from one IPv6 /48.
    pub confirm_site: Rate,
    /// Requests of one person that check or set a password.
    pub password_user: Rate,
}

impl LimitsConfig {
    pub(super) fn read(reader: &mut SettingReader) -> Self {
        let (minute, hour) = (TimeDelta::minutes(1), TimeDelta::hours(1));
        let enabled = reader.value("limits.enabled", true, truth);
        let capacity = number(1024, 10_000_000);
        let capacity = reader.value("limits.capacity", 100_000, capacity);
        let mut rate = |setting: &str, count: u32, window: TimeDelta| {
            reader.value(setting, Rate::new(count, window), rate)
        };
        Self {
            enabled,
            capacity,
            login_network: rate("limits.login_network", 100, minute * 5),
            login_site: rate("limits.login_site", 400, minute * 5),
            login_pair: rate("limits.login_pair", 10, minute * 15),
            login_address: rate("limits.login_address", 50, hour),
            login_global: rate("limits.login_global", 10_000, minute * 5),
            mail_network: rate("limits.mail_network", 30, hour),
            mail_site: rate("limits.mail_site", 120, hour),
            mail_pair: rate("limits.mail_pair", 3, hour),
            mail_address: rate("limits.mail_address", 5, hour),
            mail_global: rate("limits.mail_global", 1_000, hour),
            confirm_network: rate("limits.confirm_network", 60, minute * 10),
            confirm_site: rate("limits.confirm_site", 240, minute * 10),
            password_user: rate("limits.password_user", 10, minute * 15),
        }
    }
}

fn rate(text: &str) -> Result<Rate, String> {
    let (count, window) = text
        .split_once('/')
        .ok_or("must be a number and a time such as 10/15m")?;
    let count = number(1, 1_000_000)(count)?;
    let window = between(TimeDelta::seconds(1), LONGEST_WINDOW)(window)?;
    Ok(Rate::new(count, window))
}

//! Reads settings with the defaults and bounds of their declarations.

use std::{fmt::Display, str::FromStr};

use chrono::TimeDelta;

use super::SettingReader;
use crate::config::{
    duration::{between, boolean, duration, number},
    one_of, settings,
};

impl SettingReader {
    /// Reads a duration within the declared bounds, with the declared default.
    pub(in crate::config) fn duration(&mut self, setting: &str) -> TimeDelta {
        let default = default_of(setting, duration).unwrap_or_default();
        self.duration_or(setting, default)
    }

    /// Reads a duration within the declared bounds. Another setting determines the default.
    pub(in crate::config) fn duration_or(
        &mut self,
        setting: &str,
        default: TimeDelta,
    ) -> TimeDelta {
        let (least, most) = bounds_of(setting, duration).unwrap_or_default();
        self.value(setting, default, between(least, most))
    }

    /// Reads a duration within the declared bounds that has no default.
    pub(in crate::config) fn duration_if_set(&mut self, setting: &str) -> Option<TimeDelta> {
        let (least, most) = bounds_of(setting, duration).unwrap_or_default();
        self.optional(setting, between(least, most))
    }

    /// Reads a duration with the declared default. Other settings determine the lower bound.
    pub(in crate::config) fn duration_from(
        &mut self,
        setting: &str,
        least: TimeDelta,
    ) -> TimeDelta {
        let default = default_of(setting, duration).unwrap_or_default();
        let (_, most) = bounds_of(setting, duration).unwrap_or_default();
        self.value(setting, default, between(least, most))
    }

    /// Reads a whole number within the declared bounds, with the declared default.
    pub(in crate::config) fn number<T>(&mut self, setting: &str) -> T
    where
        T: FromStr + PartialOrd + Display + Default,
    {
        let default = default_of(setting, str::parse).unwrap_or_default();
        self.number_or(setting, default)
    }

    /// Reads a whole number within the declared bounds. The machine determines the default.
    pub(in crate::config) fn number_or<T>(&mut self, setting: &str, default: T) -> T
    where
        T: FromStr + PartialOrd + Display + Default,
    {
        let (least, most) = bounds_of(setting, str::parse).unwrap_or_default();
        self.value(setting, default, number(least, most))
    }

    /// Reads `true` or `false`, with the declared default.
    pub(in crate::config) fn boolean(&mut self, setting: &str) -> bool {
        self.declared(setting, boolean).unwrap_or_default()
    }

    /// Reads one of the values in `all`, with the declared default.
    pub(in crate::config) fn choice<T: Copy>(
        &mut self,
        setting: &str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        self.declared(setting, |text| one_of(text, all, name))
    }

    /// Parses a setting, or its declared default. Returns `None` only if no default is declared.
    pub(in crate::config) fn declared<T, E: Display>(
        &mut self,
        setting: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let given = self.optional(setting, &parse);
        given.or_else(|| default_of(setting, parse))
    }
}

/// Parses the declared default of a setting.
pub(in crate::config) fn default_of<T, E>(
    setting: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    parse(settings::find(setting)?.default?).ok()
}

fn bounds_of<T, E>(setting: &str, parse: impl Fn(&str) -> Result<T, E>) -> Option<(T, T)> {
    let (least, most) = settings::find(setting)?.bounds?;
    Some((parse(least).ok()?, parse(most).ok()?))
}

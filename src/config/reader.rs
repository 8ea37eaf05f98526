//! Takes settings out of their sources, one by one, and remembers every fault.

use std::{collections::BTreeMap, fmt::Display};

use super::{
    ConfigError, ConfigErrors,
    source::{RawSetting, SettingSources, TABLES, shown},
};

/// The settings that nobody has asked for yet, and the faults of those that were.
pub(super) struct SettingReader {
    settings: BTreeMap<String, RawSetting>,
    tables: BTreeMap<String, Vec<RawSetting>>,
    /// Settings whose variable is set to the empty text: they count as not set.
    empty: BTreeMap<String, String>,
    faults: Vec<ConfigError>,
    /// Whether http beyond loopback was asked for by its flag.
    pub(super) dangerously_http: bool,
}

impl SettingReader {
    pub(super) fn new(sources: SettingSources) -> Self {
        Self {
            settings: sources.settings,
            tables: sources.tables,
            empty: sources.empty,
            faults: sources.faults,
            dangerously_http: sources.dangerously_http,
        }
    }

    /// Parses a setting that must be set. Notes a fault where it is missing or cannot be parsed.
    pub(super) fn required<T, E: Display>(
        &mut self,
        setting: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.is_set(setting) {
            self.fault(setting, "", "is required".to_owned());
        }
        self.optional(setting, parse)
    }

    /// The value of `setting`, read by `parse`. `None` where it is not set, or wrong.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        setting: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let raw = self.take(setting)?;
        let parsed = scalar(&raw.value)
            .ok_or_else(|| "must be a single value".to_owned())
            .and_then(|text| parse(&text).map_err(|error| error.to_string()));
        self.keep(setting, &raw.origin, parsed)
    }

    /// The value, or `None` and one more fault.
    fn keep<T>(&mut self, setting: &str, origin: &str, parsed: Result<T, String>) -> Option<T> {
        parsed
            .map_err(|problem| self.fault(setting, origin, problem))
            .ok()
    }

    /// The value of `setting`, or `default` where it is not set. A wrong value also yields
    /// `default`, so that the settings after it are still checked.
    pub(super) fn value<T, E: Display>(
        &mut self,
        setting: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        self.optional(setting, parse).unwrap_or(default)
    }

    /// The words of `setting`, a list or a text with white space between them, read by `parse`.
    pub(super) fn words<T, E: Display>(
        &mut self,
        setting: &str,
        parse: impl FnOnce(Vec<String>) -> Result<T, E>,
    ) -> Option<T> {
        let raw = self.take(setting)?;
        let words = match &raw.value {
            toml::Value::Array(items) => items.iter().map(scalar).collect(),
            single => {
                scalar(single).map(|text| text.split_whitespace().map(str::to_owned).collect())
            }
        };
        let parsed = words
            .ok_or_else(|| "must be a list of strings".to_owned())
            .and_then(|words: Vec<String>| parse(words).map_err(|error| error.to_string()));
        self.keep(setting, &raw.origin, parsed)
    }

    /// What is given for `setting`, of whatever type, and where it comes from.
    pub(super) fn taken(&mut self, setting: &str) -> Option<(toml::Value, String)> {
        let RawSetting { value, origin } = self.take(setting)?;
        Some((value, origin))
    }

    /// Takes a setting, so that it counts as known.
    fn take(&mut self, setting: &str) -> Option<RawSetting> {
        self.empty.remove(setting);
        self.settings.remove(setting)
    }

    /// Whether anything is given for `setting`.
    pub(super) fn is_set(&self, setting: &str) -> bool {
        self.settings.contains_key(setting)
    }

    /// The tables of `[[name]]`: each becomes settings under its own prefix, which is returned.
    pub(super) fn tables(&mut self, name: &str) -> Vec<String> {
        // Half of a client from elsewhere would be a trap: all of it is in the file.
        let ours = format!("{name}[");
        let elsewhere = self
            .settings
            .extract_if(.., |setting, _| setting.starts_with(&ours));
        for (setting, raw) in elsewhere.collect::<Vec<_>>() {
            let problem = "can be set only in the configuration file";
            self.fault(&setting, &raw.origin, problem.to_owned());
        }
        let tables = self.tables.remove(name).unwrap_or_default();
        let mut prefixes = Vec::new();
        for (index, raw) in tables.into_iter().enumerate() {
            let prefix = format!("{name}[{index}]");
            if let toml::Value::Table(table) = raw.value {
                for (key, value) in table {
                    let origin = raw.origin.clone();
                    self.settings
                        .insert(format!("{prefix}.{key}"), RawSetting { value, origin });
                }
            } else {
                let problem = format!("must be a table: [[{name}]]");
                self.fault(&prefix, &raw.origin, problem);
            }
            prefixes.push(prefix);
        }
        prefixes
    }

    /// Where `setting` comes from, if it is set and not yet taken.
    pub(super) fn origin(&self, setting: &str) -> String {
        self.settings
            .get(setting)
            .map(|raw| raw.origin.clone())
            .unwrap_or_default()
    }

    pub(super) fn fault(&mut self, setting: &str, origin: &str, problem: String) {
        self.faults.push(ConfigError {
            setting: shown(setting),
            origin: origin.to_owned(),
            problem,
        });
    }

    /// Complains about everything at once, what nobody asked for included.
    pub(super) fn finish(mut self) -> Result<(), ConfigErrors> {
        let given = std::mem::take(&mut self.settings).into_iter();
        let given = given.map(|(setting, raw)| (setting, raw.origin));
        let unknown: BTreeMap<_, _> = std::mem::take(&mut self.empty)
            .into_iter()
            .chain(given)
            .collect();
        for (setting, origin) in unknown {
            let first = setting.split('.').next().unwrap_or_default();
            let problem = if TABLES.contains(&first) {
                format!("is not a setting of Signet: write {first} as tables, [[{first}]]")
            } else {
                "is not a setting of Signet".to_owned()
            };
            self.fault(&setting, &origin, problem);
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(self.faults))
        }
    }
}

/// A text, number or boolean as text.
fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

//! Takes settings from their sources and collects all faults.

mod declared;

pub(super) use self::declared::default_of;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use super::{
    ConfigError, ConfigErrors,
    nearest::nearest,
    raw_setting::{RawSetting, RawTable, TABLES},
    settings::{self, Setting},
    source::{SettingSources, displayable, variable_of_setting},
};

/// The settings that are not read yet, and the faults of those that were.
pub(super) struct SettingReader {
    settings: BTreeMap<String, RawSetting>,
    tables: BTreeMap<String, Vec<RawTable>>,
    /// The origins of the tables by prefix, such as `clients[0]`.
    table_origins: BTreeMap<String, String>,
    /// Settings whose variable is set to the empty text and so count as not set, with their
    /// origins.
    empty: BTreeMap<String, String>,
    /// The names of all settings that were read, set or not.
    known: BTreeSet<String>,
    faults: Vec<ConfigError>,
    /// The flag `--dangerously-http` is given.
    pub(super) dangerously_http: bool,
    /// The name of the configuration file.
    pub(super) file: String,
}

impl SettingReader {
    pub(super) fn new(sources: SettingSources) -> Self {
        Self {
            settings: sources.settings,
            tables: sources.tables,
            table_origins: BTreeMap::new(),
            empty: sources.empty,
            known: BTreeSet::new(),
            faults: sources.faults,
            dangerously_http: sources.dangerously_http,
            file: sources.file,
        }
    }

    /// Parses a required setting. Reports a fault if the setting is missing or cannot be parsed.
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

    /// Parses an optional setting. Returns `None` if it is not set or cannot be parsed.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        setting: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let raw = self.take(setting)?;
        let parsed = scalar(&raw.value)
            .ok_or_else(|| format!("must be a single value{}", such_as(setting)))
            .and_then(|text| parse(&text).map_err(|error| error.to_string()));
        self.or_fault(setting, &raw.origin, parsed)
    }

    /// Returns the parsed value, or reports its problem and returns `None`.
    fn or_fault<T>(&mut self, setting: &str, origin: &str, parsed: Result<T, String>) -> Option<T> {
        parsed
            .map_err(|problem| self.fault(setting, origin, problem))
            .ok()
    }

    /// Parses a setting with a default. A value that cannot be parsed is reported and also yields
    /// `default`, so that later settings are still checked.
    pub(super) fn value<T, E: Display>(
        &mut self,
        setting: &str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        self.optional(setting, parse).unwrap_or(default)
    }

    /// Parses a setting that is a list of words, or a text in which white space separates the
    /// words.
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
            .ok_or_else(|| format!("must be a list of strings{}", such_as(setting)))
            .and_then(|words: Vec<String>| parse(words).map_err(|error| error.to_string()));
        self.or_fault(setting, &raw.origin, parsed)
    }

    /// Takes the raw value of `setting`, of any type, and its origin.
    pub(super) fn take_raw(&mut self, setting: &str) -> Option<(toml::Value, String)> {
        let RawSetting { value, origin } = self.take(setting)?;
        Some((value, origin))
    }

    /// Takes a setting, so that it no longer counts as unknown.
    fn take(&mut self, setting: &str) -> Option<RawSetting> {
        if settings::find(setting).is_none() {
            let problem = "is read, but missing in the table of settings";
            self.fault(setting, "", problem.to_owned());
        }
        self.known.insert(setting.to_owned());
        self.empty.remove(setting);
        self.settings.remove(setting)
    }

    /// Returns whether a value is given for `setting`.
    pub(super) fn is_set(&self, setting: &str) -> bool {
        self.settings.contains_key(setting)
    }

    /// Takes the tables of `[[name]]`. Each becomes settings under a prefix; returns the prefixes.
    pub(super) fn tables(&mut self, name: &str) -> Vec<String> {
        // A client that is only partly in the file would be hard to notice, so all of it must be
        // there.
        let table_prefix = format!("{name}[");
        let elsewhere = self
            .settings
            .extract_if(.., |setting, _| setting.starts_with(&table_prefix));
        for (setting, raw) in elsewhere.collect::<Vec<_>>() {
            let problem = "can be set only in the configuration file";
            self.fault(&setting, &raw.origin, problem.to_owned());
        }
        let tables = self.tables.remove(name).unwrap_or_default();
        self.known.insert(name.to_owned());
        let mut prefixes = Vec::new();
        for (index, raw) in tables.into_iter().enumerate() {
            let prefix = format!("{name}[{index}]");
            self.table_origins
                .insert(prefix.clone(), raw.origin.clone());
            if let Some(settings) = raw.settings {
                let named = settings
                    .into_iter()
                    .map(|(key, raw)| (format!("{prefix}.{key}"), raw));
                self.settings.extend(named);
            } else {
                let problem = format!("must be a table: [[{name}]]");
                self.fault(&prefix, &raw.origin, problem);
            }
            prefixes.push(prefix);
        }
        prefixes
    }

    /// The names of the tables in the table `table` that have a setting: `editor` for
    /// `roles.editor.groups`.
    pub(super) fn names_in(&self, table: &str) -> BTreeSet<String> {
        let settings = self.settings.keys();
        let inner = settings.filter_map(|it| it.strip_prefix(table)?.strip_prefix('.'));
        let names = inner.filter_map(|it| it.split_once('.'));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    /// Returns the origin of `setting`, or an empty text if it is not set or was taken already.
    pub(super) fn origin(&self, setting: &str) -> String {
        self.settings
            .get(setting)
            .map(|raw| raw.origin.clone())
            .unwrap_or_default()
    }

    /// Returns the names of all settings that were read, set or not.
    #[cfg(test)]
    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(String::as_str)
    }

    /// Reports a fault. A fault without an origin gets the origin of its table, such as `[[clients]]`.
    pub(super) fn fault(&mut self, setting: &str, origin: &str, problem: String) {
        let table = setting.split('.').next().unwrap_or_default();
        let table_origin = self.table_origins.get(table).filter(|_| origin.is_empty());
        self.faults.push(ConfigError {
            setting: displayable(setting),
            origin: table_origin.map_or(origin, String::as_str).to_owned(),
            problem,
        });
    }

    /// Returns the problem of a setting that no code has read, with the remedy if one is known.
    fn unknown(&self, setting: &str, origin: &str) -> String {
        let (first, rest) = setting.split_once('.').unwrap_or((setting, ""));
        let is_in_file = line_in(&self.file, origin).is_some();
        let remedy = if TABLES.contains(&first) {
            format!(": write {first} as tables, [[{first}]]")
        } else if is_client_secret(setting) {
            ": write client_secret_hashes; `signet clients secret` prints a secret and its hash"
                .to_owned()
        } else if first == "roles" && !rest.is_empty() && !rest.contains('.') {
            format!(": write [{}] with groups = […]", displayable(setting))
        } else if is_in_file && self.known.contains(rest) && !TABLES.contains(&rest) {
            format!(": write {rest} above the first table")
        } else {
            match nearest(setting, self.known.iter().map(String::as_str)) {
                Some(known) if origin.ends_with(&variable_of_setting(setting)) => {
                    format!(". Did you mean {}?", variable_of_setting(known))
                }
                Some(known) => format!(". Did you mean {known}?"),
                None => String::new(),
            }
        };
        format!("is not a setting of Signet{remedy}")
    }

    /// Returns all faults, including one for each setting that no code has read: first those of the configuration file, by
    /// line.
    pub(super) fn finish(mut self) -> Result<(), ConfigErrors> {
        let given = std::mem::take(&mut self.settings).into_iter();
        let given = given.map(|(setting, raw)| (setting, raw.origin));
        // An empty variable of a name that the operator chooses, such as that of a role, counts as not set.
        let has_variable = |name: &str| settings::find(name).and_then(Setting::variable).is_some();
        let unknown: BTreeMap<_, _> = std::mem::take(&mut self.empty)
            .into_iter()
            .filter(|(setting, _)| !has_variable(setting))
            .chain(given)
            .collect();
        for (setting, origin) in unknown {
            let problem = self.unknown(&setting, &origin);
            self.fault(&setting, &origin, problem);
        }
        let Self {
            file, mut faults, ..
        } = self;
        if faults.is_empty() {
            Ok(())
        } else {
            faults.sort_by_key(|fault| {
                let line = line_in(&file, &fault.origin);
                (line.is_none(), line)
            });
            Err(ConfigErrors(faults))
        }
    }
}

/// Parses every entry of a list.
///
/// # Errors
/// The number of each wrong entry, from 1, and its problem.
pub(super) fn each_entry<I, T, E: Display>(
    entries: impl IntoIterator<Item = I>,
    mut parse: impl FnMut(I) -> Result<T, E>,
) -> Result<Vec<T>, String> {
    let (mut parsed, mut faults) = (Vec::new(), Vec::new());
    for (number, entry) in (1..).zip(entries) {
        match parse(entry) {
            Ok(entry) => parsed.push(entry),
            Err(wrong) => faults.push(format!("number {number} {wrong}")),
        }
    }
    if faults.is_empty() {
        Ok(parsed)
    } else {
        Err(faults.join("; "))
    }
}

/// Returns the number of the line, if a setting comes from the configuration file.
fn line_in(file: &str, origin: &str) -> Option<usize> {
    let line = origin.strip_prefix(file)?.strip_prefix(" line ")?;
    line.parse().ok()
}

/// Returns whether a setting is the plain secret of a client, which other services have.
fn is_client_secret(setting: &str) -> bool {
    let of_client = setting.strip_prefix("clients[");
    let name = of_client
        .and_then(|it| it.split_once("]."))
        .map(|(_, name)| name);
    matches!(
        name,
        Some("client_secret" | "client_secret_file" | "secret")
    )
}

/// Returns an example of a value, for the end of a message.
fn such_as(setting: &str) -> String {
    settings::find(setting)
        .map(|setting| format!(" such as {}", setting.example_toml()))
        .unwrap_or_default()
}

/// Formats a text, a number or a boolean as text.
pub(super) fn scalar(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

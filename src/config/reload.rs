//! The settings that a running service takes over when the configuration is read again.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Config, ConfigError, ConfigErrors, MailConfig,
    raw_setting::{RawSetting, TABLES},
    reader::scalar,
    settings::{self, is_reloaded},
    source::{SettingSources, displayable},
};

/// A configuration that was read again, for the running service.
#[derive(Debug)]
pub struct ReloadedConfig {
    /// The settings in use, with the new values of those that a reload applies.
    pub config: Config,
    /// The raw settings of `config`: the next reload compares with these.
    pub sources: SettingSources,
    /// The names of the settings that have changed and are applied. A table such as `clients` is one name.
    pub applied: Vec<String>,
    /// The names of the settings that have changed and need a restart.
    pub need_restart: Vec<String>,
}

impl Config {
    /// Reads the settings of `read` for a service that runs with this configuration, which was read from `used`.
    /// Settings that need a restart keep their values.
    ///
    /// # Errors
    /// The faults that `read` would have at a start. Without such faults: those of the new settings together
    /// with the settings that need a restart and keep their values.
    pub fn reload(
        &self,
        used: &SettingSources,
        read: SettingSources,
    ) -> Result<ReloadedConfig, ConfigErrors> {
        let need_restart = used.changed(&read, |name| !is_reloaded(name));
        let mut applied = used.changed(&read, is_reloaded);
        applied.extend(used.changed_tables(&read));
        let mut merged = Self::load(read.clone())?;
        let sources = read.keeping_start_settings(used);
        if !need_restart.is_empty() {
            merged = Self::load(sources.clone()).map_err(needs_restart)?;
        }
        let config = Self {
            // The running service shares the secrets of these, or has changed them since they were read.
            database: self.database.clone(),
            coordination: self.coordination.clone(),
            mail: MailConfig {
                smtp: self.mail.smtp.clone(),
                ..merged.mail
            },
            http: self.http.clone(),
            password: self.password.clone(),
            tls: self.tls.clone(),
            ..merged
        };
        Ok(ReloadedConfig {
            config,
            sources,
            applied,
            need_restart,
        })
    }
}

/// Adds to each fault that only a restart can remove it.
fn needs_restart(faults: ConfigErrors) -> ConfigErrors {
    let faults = faults.0.into_iter().map(|fault| {
        let problem = format!(
            "{}. This concerns the settings in use: the changed ones are valid after a restart",
            fault.problem
        );
        ConfigError { problem, ..fault }
    });
    ConfigErrors(faults.collect())
}

impl SettingSources {
    /// Returns the names of the settings that differ from those in `read` and that `is_meant` accepts.
    fn changed(&self, read: &Self, is_meant: fn(&str) -> bool) -> Vec<String> {
        let names: BTreeSet<_> = self.settings.keys().chain(read.settings.keys()).collect();
        let names = names.into_iter().filter(|name| is_meant(name));
        let differs =
            |name: &&String| value_of(name, &self.settings) != value_of(name, &read.settings);
        names
            .filter(differs)
            .map(|name| displayable(name))
            .collect()
    }

    /// Returns the names of the arrays of tables that differ from those in `read`.
    fn changed_tables(&self, read: &Self) -> impl Iterator<Item = String> {
        let values = |sources: &Self, name: &str| -> Vec<_> {
            let tables = sources.tables.get(name).into_iter().flatten();
            let values = tables.map(|table| {
                let settings = table.settings.iter().flatten();
                let settings = settings.map(|(name, raw)| (name.clone(), raw.value.clone()));
                settings.collect::<BTreeMap<_, _>>()
            });
            values.collect()
        };
        let changed = TABLES
            .iter()
            .filter(move |name| values(self, name) != values(read, name));
        changed.map(|name| (*name).to_owned())
    }

    /// Returns these settings with the values in `used` for those that a reload does not apply.
    fn keeping_start_settings(mut self, used: &Self) -> Self {
        fn merge<T: Clone>(read: &mut BTreeMap<String, T>, used: &BTreeMap<String, T>) {
            read.retain(|name, _| is_reloaded(name));
            let kept = used.iter().filter(|(name, _)| !is_reloaded(name));
            read.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        }
        merge(&mut self.settings, &used.settings);
        merge(&mut self.empty, &used.empty);
        self
    }
}

/// Returns the value of a setting as text, or its default.
fn value_of(name: &str, settings: &BTreeMap<String, RawSetting>) -> Option<String> {
    match settings.get(name) {
        Some(raw) => Some(scalar(&raw.value).unwrap_or_else(|| raw.value.to_string())),
        None => settings::find(name)?.default.map(str::to_owned),
    }
}

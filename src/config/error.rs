//! Faults of the configuration.

use std::{fmt, path::Path};

/// A setting with a wrong value: its name, its origin and the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting, such as `tokens.access_lifetime`.
    pub setting: String,
    /// The source of the value, such as `signet.toml`. Empty if no source sets the value.
    pub origin: String,
    /// The problem. It never quotes a secret.
    pub problem: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.setting)?;
        if !self.origin.is_empty() {
            write!(f, " ({})", self.origin)?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl ConfigError {
    /// Returns the fault of files that a setting names. [`Config::with_origins`](super::Config::with_origins) adds the
    /// origin of the setting.
    pub fn of_files(setting: &str, problem: String) -> Self {
        Self {
            setting: setting.to_owned(),
            origin: String::new(),
            problem,
        }
    }
}

/// All faults of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl ConfigErrors {
    /// Returns the faults of the files in a folder that a setting names.
    pub fn of_folder(
        setting: &str,
        folder: &Path,
        problems: impl IntoIterator<Item = String>,
    ) -> Self {
        let folder = folder.display();
        let faults = problems
            .into_iter()
            .map(|problem| ConfigError::of_files(setting, format!("folder {folder}: {problem}")));
        Self(faults.collect())
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "1 setting is wrong:")?,
            n => write!(f, "{n} settings are wrong:")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

//! The sources of settings: a file, the environment and flags. No other module reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    ConfigError, ConfigErrors,
    config_file::ConfigFile,
    env_file::{self, EnvFile, is_signet_variable},
    kubernetes::is_service_variable,
    raw_setting::{RawSetting, RawTable, unreadable},
};

/// The default configuration file.
const DEFAULT_FILE: &str = "signet.toml";

/// The file of environment variables. Variables of the process override it.
const ENVIRONMENT_FILE: &str = ".env";

/// Settings for which the empty text is a value. For other settings an empty variable counts as not
/// set, because `${NAME:-}` expands to the empty text.
const MAY_BE_EMPTY: &[&str] = &["http.trusted_proxies"];

/// Settings from the command line.
#[derive(Debug, Clone, Default)]
pub struct FlagSettings {
    /// The configuration file, if not `signet.toml`.
    pub config: Option<PathBuf>,
    /// Single settings by name; the strongest source.
    pub settings: Vec<(String, String)>,
    /// Allows an http issuer or listen address beyond loopback.
    pub dangerously_http: bool,
}

/// The raw settings of all sources. Stronger sources override weaker ones.
#[derive(Debug, Clone, Default)]
pub struct SettingSources {
    pub(super) settings: BTreeMap<String, RawSetting>,
    /// The tables of each name in `TABLES`.
    pub(super) tables: BTreeMap<String, Vec<RawTable>>,
    /// The settings whose variable is set to the empty text, and their origins.
    pub(super) empty: BTreeMap<String, String>,
    /// The faults of variables that cannot be read.
    pub(super) faults: Vec<ConfigError>,
    pub(super) dangerously_http: bool,
    /// The name of the configuration file.
    pub(super) file: String,
    warnings: Vec<String>,
    flags: FlagSettings,
    /// The files that exist and are not empty.
    files: Vec<String>,
}

/// An environment variable and its origin.
struct EnvVariable {
    name: String,
    value: String,
    origin: String,
}

impl SettingSources {
    /// Reads the sources of this process: the configuration file, `.env` in the working directory,
    /// the environment, and `flags`.
    ///
    /// # Errors
    /// The configuration file is named but cannot be read, or it is not TOML. `.env` cannot be
    /// read.
    pub fn of_process(flags: FlagSettings) -> Result<Self, ConfigErrors> {
        let (path, named) = match &flags.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(DEFAULT_FILE), false),
        };
        let origin = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !named => String::new(),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let problem = "is not UTF-8 but in another encoding: save it as UTF-8";
                return Err(unreadable(&origin, problem));
            }
            Err(error) => return Err(unreadable(&origin, &error.to_string())),
        };

        let mut warnings = Vec::new();
        // Only the file of the working directory: a file of a parent folder may belong to another
        // project.
        let env_file = match EnvFile::read(Path::new(ENVIRONMENT_FILE)) {
            Ok(EnvFile::Content(content)) => content,
            Ok(EnvFile::Absent) => Vec::new(),
            Ok(EnvFile::NotRegular) => {
                let problem = "is not a regular file and is ignored";
                warnings.push(format!("{ENVIRONMENT_FILE} {problem}"));
                Vec::new()
            }
            Err(error) => {
                let problem = format!("cannot be read: {error}");
                return Err(unreadable(ENVIRONMENT_FILE, &problem));
            }
        };
        let mut faults = Vec::new();
        let mut environment = Vec::new();
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the environment"
        )]
        let variables = std::env::vars_os();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else {
                continue;
            };
            match value.into_string() {
                Ok(value) => environment.push((name, value)),
                Err(_) if is_signet_variable(&name) => {
                    let setting = setting_of_variable(&name);
                    faults.push(ConfigError {
                        setting: displayable(&setting),
                        origin: origin_of_variable(&name),
                        problem: "is not UTF-8".to_owned(),
                    });
                }
                Err(_) => {}
            }
        }

        let file = (origin.as_str(), text.as_str());
        let mut sources = Self::with_env_file(file, &env_file, environment, flags)?;
        sources.faults.extend(faults);
        sources.warnings = warnings;
        let files = [
            (origin.as_str(), text.as_bytes()),
            (ENVIRONMENT_FILE, &env_file),
        ];
        let files = files
            .iter()
            .filter(|(_, content)| !content.trim_ascii().is_empty());
        sources.files = files.map(|(name, _)| (*name).to_owned()).collect();
        Ok(sources)
    }

    /// Reads the sources of this process again, with the same flags.
    ///
    /// # Errors
    /// Those of [`SettingSources::of_process`], and a file that had a content and is missing or empty now: it was
    /// moved, or is just being written.
    pub fn read_again(&self) -> Result<Self, ConfigErrors> {
        let read = Self::of_process(self.flags.clone())?;
        match self.files.iter().find(|file| !read.files.contains(file)) {
            Some(file) => {
                let problem =
                    "is missing or empty now: restore it, or restart the service without it";
                Err(unreadable(file, problem))
            }
            None => Ok(read),
        }
    }

    /// Returns warnings about ignored sources, as sentences for the log.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Creates sources from the name and the text of a configuration file, environment variables,
    /// and flags.
    ///
    /// # Errors
    /// The text is not TOML.
    pub fn new(
        file: (&str, &str),
        environment: impl IntoIterator<Item = (String, String)>,
        flags: FlagSettings,
    ) -> Result<Self, ConfigErrors> {
        Self::with_env_file(file, &[], environment, flags)
    }

    /// Creates sources as [`SettingSources::new`] does, and adds the content of a `.env` file. The
    /// variables of `environment` override those of the file.
    ///
    /// # Errors
    /// The text of the configuration file is not TOML.
    pub fn with_env_file(
        (origin, text): (&str, &str),
        env_file: &[u8],
        environment: impl IntoIterator<Item = (String, String)>,
        flags: FlagSettings,
    ) -> Result<Self, ConfigErrors> {
        let file = ConfigFile { origin, text }.settings()?;
        let mut sources = Self {
            settings: file.settings,
            tables: file.tables,
            dangerously_http: flags.dangerously_http,
            file: origin.to_owned(),
            ..Self::default()
        };
        let mut variables = sources.of_env_file(env_file);
        variables.extend(environment.into_iter().map(|(name, value)| EnvVariable {
            origin: origin_of_variable(&name),
            name,
            value,
        }));
        sources.add_variables(variables);
        for (setting, value) in &flags.settings {
            sources.add(
                setting.clone(),
                toml::Value::String(value.clone()),
                "command line".to_owned(),
            );
        }
        sources.flags = flags;
        Ok(sources)
    }

    /// Returns the variables of a `.env` file. Records the faults of its lines.
    fn of_env_file(&mut self, content: &[u8]) -> Vec<EnvVariable> {
        if env_file::is_unmarked_utf_16(content) {
            self.faults.push(ConfigError {
                setting: "configuration".to_owned(),
                origin: ENVIRONMENT_FILE.to_owned(),
                problem: "is UTF-16 without a byte order mark: save it as UTF-8".to_owned(),
            });
        }
        let mut variables = Vec::new();
        for env_file::EnvLine {
            number,
            name,
            value,
        } in env_file::lines(content)
        {
            let origin = format!("{ENVIRONMENT_FILE} line {number}, {}", displayable(&name));
            match value {
                Ok(value) => variables.push(EnvVariable {
                    name,
                    value,
                    origin,
                }),
                Err(problem) => self.faults.push(ConfigError {
                    setting: displayable(&setting_of_variable(&name)),
                    origin,
                    problem: problem.to_owned(),
                }),
            }
        }
        variables
    }

    /// Adds variables. Later ones override earlier ones.
    fn add_variables(&mut self, variables: Vec<EnvVariable>) {
        let variables: Vec<_> = variables
            .into_iter()
            .filter(|it| is_signet_variable(&it.name))
            .collect();
        let names: BTreeSet<_> = variables.iter().map(|it| it.name.clone()).collect();
        let is_set = |name: &str| names.contains(name);
        let (shared, specific): (Vec<_>, Vec<_>) = variables
            .into_iter()
            .filter(|it| !is_service_variable(&it.name, &it.value, is_set))
            .partition(|it| it.name == "DATABASE_URL");
        // Other programs share `DATABASE_URL`, so the specific name overrides it.
        for EnvVariable {
            name,
            value,
            origin,
        } in shared.into_iter().chain(specific)
        {
            let setting = setting_of_variable(&name);
            if value.is_empty() && !MAY_BE_EMPTY.contains(&setting.as_str()) {
                self.empty.insert(setting, origin);
            } else {
                self.add(setting, toml::Value::String(value), origin);
            }
        }
    }

    fn add(&mut self, setting: String, value: toml::Value, origin: String) {
        self.settings.insert(setting, RawSetting { value, origin });
    }
}

fn origin_of_variable(name: &str) -> String {
    format!("environment {}", displayable(name))
}

/// Maps a variable to its setting, such as `SIGNET_TOKENS__ACCESS_LIFETIME` to
/// `tokens.access_lifetime`.
fn setting_of_variable(name: &str) -> String {
    match name.strip_prefix("SIGNET_") {
        Some(rest) => rest.to_ascii_lowercase().replace("__", "."),
        None => "database.url".to_owned(),
    }
}

/// Maps a setting to its variable, such as `tokens.access_lifetime` to `SIGNET_TOKENS__ACCESS_LIFETIME`.
pub(super) fn variable_of_setting(setting: &str) -> String {
    format!("SIGNET_{}", setting.to_ascii_uppercase().replace('.', "__"))
}

/// Escapes the name of a setting if it cannot be shown on one line.
pub(super) fn displayable(setting: &str) -> String {
    if setting.is_empty() || setting.contains(char::is_control) {
        format!("{setting:?}")
    } else {
        setting.to_owned()
    }
}

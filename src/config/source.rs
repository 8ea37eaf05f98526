//! Where settings come from: a file, the environment, flags. The one place that reads any of them.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use super::{Fault, Faults};

/// The file that is read when no other is named.
const DEFAULT_FILE: &str = "signet.toml";

/// What is written as an array of tables, `[[clients]]`, all of it in the file.
pub(super) const TABLES: &[&str] = &["clients", "providers"];

/// The file of environment variables; those of the process itself win.
const ENVIRONMENT_FILE: &str = ".env";

/// What the command line says about settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// Another file than `signet.toml`.
    pub config: Option<PathBuf>,
    /// Single settings by name; the strongest source.
    pub settings: Vec<(String, String)>,
    /// Accept an http issuer or address that others can reach.
    pub dangerously_http: bool,
}

/// A value as it was written, before anyone judged it.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) value: toml::Value,
    pub(super) origin: String,
}

/// The raw settings of all sources, the stronger ones on top.
#[derive(Debug, Default)]
pub struct Sources {
    pub(super) settings: BTreeMap<String, Raw>,
    /// The tables of each of [`TABLES`] that there is.
    pub(super) tables: BTreeMap<String, Vec<Raw>>,
    pub(super) dangerously_http: bool,
}

impl Sources {
    /// The sources of this process: its working directory, `.env`, its environment, and `flags`.
    ///
    /// # Errors
    /// A file that was named but cannot be read, or that is not TOML.
    pub fn of_process(flags: Flags) -> Result<Self, Faults> {
        let (path, named) = match &flags.config {
            Some(path) => (path.clone(), true),
            None => (PathBuf::from(DEFAULT_FILE), false),
        };
        let origin = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !named => String::new(),
            Err(error) => return Err(unreadable(&origin, &error.to_string())),
        };

        let mut environment = BTreeMap::new();
        // This folder's own: a parent's is somebody else's.
        match dotenvy::from_path_iter(ENVIRONMENT_FILE) {
            Ok(entries) => {
                for entry in entries {
                    let (name, value) = entry
                        .map_err(|_| unreadable(ENVIRONMENT_FILE, "must be lines of NAME=value"))?;
                    environment.entry(name).or_insert(value);
                }
            }
            Err(error) if error.not_found() => {}
            Err(_) => return Err(unreadable(ENVIRONMENT_FILE, "cannot be read")),
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the environment"
        )]
        environment.extend(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));

        Self::new((&origin, &text), environment, flags)
    }

    /// Sources from the text of a configuration file, with its name, an environment, and flags.
    ///
    /// # Errors
    /// A text that is not TOML.
    pub fn new(
        (origin, text): (&str, &str),
        environment: impl IntoIterator<Item = (String, String)>,
        flags: Flags,
    ) -> Result<Self, Faults> {
        let mut sources = Self {
            dangerously_http: flags.dangerously_http,
            ..Self::default()
        };
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The parser's message may quote the line; a line may hold a secret.
            let line = error.span().map_or(1, |span| {
                1 + text
                    .bytes()
                    .take(span.start)
                    .filter(|b| *b == b'\n')
                    .count()
            });
            unreadable(origin, &format!("is not TOML: line {line}"))
        })?;
        sources.add_table("", table, origin);
        for (name, value) in environment {
            if let Some(setting) = setting_of_variable(&name) {
                sources.add(
                    setting,
                    toml::Value::String(value),
                    format!("environment {name}"),
                );
            }
        }
        for (setting, value) in flags.settings {
            sources.add(
                setting,
                toml::Value::String(value),
                "command line".to_owned(),
            );
        }
        Ok(sources)
    }

    fn add_table(&mut self, prefix: &str, table: toml::Table, origin: &str) {
        for (key, value) in table {
            let name = if prefix.is_empty() {
                key
            } else {
                format!("{prefix}.{key}")
            };
            match value {
                toml::Value::Table(inner) => self.add_table(&name, inner, origin),
                toml::Value::Array(items) if TABLES.contains(&name.as_str()) => {
                    let raw = |value| Raw {
                        value,
                        origin: origin.to_owned(),
                    };
                    self.tables
                        .insert(name, items.into_iter().map(raw).collect());
                }
                value => self.add(name, value, origin.to_owned()),
            }
        }
    }

    fn add(&mut self, setting: String, value: toml::Value, origin: String) {
        // `DATABASE_URL` is everybody's; our own name for it wins.
        let ours = "environment SIGNET_DATABASE__URL";
        let held = self
            .settings
            .get(&setting)
            .is_some_and(|raw| raw.origin == ours);
        if held && origin == "environment DATABASE_URL" {
            return;
        }
        self.settings.insert(setting, Raw { value, origin });
    }
}

fn unreadable(origin: &str, problem: &str) -> Faults {
    Faults(vec![Fault {
        setting: "configuration".to_owned(),
        origin: origin.to_owned(),
        problem: problem.to_owned(),
    }])
}

/// `SIGNET_TOKENS__ACCESS_LIFETIME` → `tokens.access_lifetime`.
fn setting_of_variable(name: &str) -> Option<String> {
    if name == "DATABASE_URL" {
        return Some("database.url".to_owned());
    }
    let rest = name.strip_prefix("SIGNET_")?;
    // Kubernetes tells every container about a Service named `signet` by variables like these.
    if rest == "PORT" || rest.starts_with("PORT_") || rest.starts_with("SERVICE_") {
        return None;
    }
    Some(rest.to_ascii_lowercase().replace("__", "."))
}

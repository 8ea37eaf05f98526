//! The table of settings. Each setting is declared once: the reader takes defaults and bounds from the declaration, and
//! `signet config reference` and `docs/configuration.md` describe it.

mod clients;
mod coordination;
mod dpop;
mod http;
mod limits;
mod mail;
mod migration;
mod password;
mod policies;
mod providers;
mod server;
mod tokens;

use super::source::variable_of_setting;

/// The sections and the single settings that a reload applies. All others need a restart.
const RELOADED: &[&str] = &[
    "clients",
    "dpop",
    "limits",
    "mail.templates",
    "migration",
    "outbound",
    "pages",
    "policies",
    "providers",
    "roles",
    "sso",
];

/// The type of a setting's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number,
    /// A duration of whole seconds, such as `30s`, `5m`, `2h` or `30d`.
    Duration,
    /// A time of whole milliseconds, such as `100ms`, or of whole seconds, such as `1s`.
    Milliseconds,
    /// A number of requests in a time, such as `10/15m`.
    Rate,
    /// A text.
    Text,
    /// A URL.
    Url,
    /// An IP address and a port.
    SocketAddress,
    /// The path of a file or a folder.
    Path,
    /// A list of texts, or one text in which white space separates them.
    List,
    /// A table.
    Table,
}

impl SettingKind {
    /// Returns the name in the reference.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Duration => "duration",
            Self::Milliseconds => "milliseconds",
            Self::Rate => "rate",
            Self::Text => "text",
            Self::Url => "URL",
            Self::SocketAddress => "address and port",
            Self::Path => "path",
            Self::List => "list of texts",
            Self::Table => "table",
        }
    }
}

/// The declaration of a setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The full name, such as `tokens.leeway`, `clients[].audience` or `roles.NAME.groups`.
    pub name: &'static str,
    /// The type of the value.
    pub kind: SettingKind,
    /// The meaning, as sentences in Markdown.
    pub description: &'static str,
    /// The value of a setting that is not set, or `None` if that depends on other settings.
    pub default: Option<&'static str>,
    /// The smallest and the largest value.
    pub bounds: Option<(&'static str, &'static str)>,
    /// The allowed values, or an empty list if others are allowed.
    pub allowed: &'static [&'static str],
    example: Option<&'static str>,
}

impl Setting {
    const fn new(name: &'static str, kind: SettingKind, description: &'static str) -> Self {
        Self {
            name,
            kind,
            description,
            default: None,
            bounds: None,
            allowed: &[],
            example: None,
        }
    }

    const fn default(self, value: &'static str) -> Self {
        Self {
            default: Some(value),
            ..self
        }
    }

    const fn between(self, least: &'static str, most: &'static str) -> Self {
        Self {
            bounds: Some((least, most)),
            ..self
        }
    }

    const fn one_of(self, allowed: &'static [&'static str]) -> Self {
        Self { allowed, ..self }
    }

    const fn example(self, value: &'static str) -> Self {
        Self {
            example: Some(value),
            ..self
        }
    }

    /// Returns the name within its table: `leeway` for `tokens.leeway`.
    pub fn key(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// Returns an example of the value in TOML. It is the default of a setting that has no other example.
    pub fn example_toml(&self) -> String {
        self.toml(self.example.or(self.default).unwrap_or_default())
    }

    /// Returns the default in TOML.
    pub fn default_toml(&self) -> Option<String> {
        self.default.map(|default| self.toml(default))
    }

    /// Formats a value of this type in TOML.
    fn toml(&self, value: &str) -> String {
        match self.kind {
            SettingKind::Boolean | SettingKind::Number | SettingKind::List | SettingKind::Table => {
                value.to_owned()
            }
            _ => toml::Value::from(value).to_string(),
        }
    }

    /// Returns whether a reload of the configuration applies the setting. Other settings need a restart.
    pub fn is_reloaded(&self) -> bool {
        is_reloaded(self.name)
    }

    /// Returns the environment variable, or `None` if the setting is allowed only in the file.
    pub fn variable(&self) -> Option<String> {
        let is_in_array = self.name.contains("[]");
        (!is_in_array).then(|| variable_of_setting(self.name))
    }
}

/// The settings of a table in the file, such as `[tokens]`.
#[derive(Debug, Clone, Copy)]
pub struct SettingSection {
    /// The header of the table, such as `[tokens]`, or an empty text for settings without a table.
    pub header: &'static str,
    /// The purpose of the settings, as sentences in Markdown.
    pub description: &'static str,
    /// The settings.
    pub settings: &'static [Setting],
}

/// Returns the whole table of settings.
pub const fn setting_sections() -> &'static [SettingSection] {
    &[
        server::TOP_LEVEL,
        server::DATABASE,
        coordination::COORDINATION,
        tokens::KEYS,
        tokens::TOKENS,
        dpop::DPOP,
        tokens::SSO,
        tokens::PASSKEYS,
        password::PASSWORD,
        http::HTTP,
        http::TLS,
        http::METRICS,
        http::OUTBOUND,
        limits::LIMITS,
        mail::MAIL,
        migration::MIGRATION,
        server::PAGES,
        server::ADMIN,
        server::LOG,
        tokens::ROLES,
        clients::CLIENTS,
        policies::COOKIES,
        policies::POLICIES,
        policies::HEADERS,
        providers::PROVIDERS,
    ]
}

/// Returns the declaration of a setting with this name, such as `clients[2].audience` or `roles.editor.groups`.
pub(super) fn find(name: &str) -> Option<&'static Setting> {
    let mut all = setting_sections().iter().flat_map(|it| it.settings);
    all.find(|setting| is_named(setting.name, name))
}

/// Returns whether a declared name stands for `name`: `[]` for every index, and `NAME` for every name.
fn is_named(declared: &str, name: &str) -> bool {
    let mut parts = name.split('.');
    let matches = declared.split('.').all(|declared| {
        parts
            .next()
            .is_some_and(|part| match declared.strip_suffix("[]") {
                Some(table) => {
                    let index = part.strip_prefix(table);
                    let index = index.and_then(|it| it.strip_prefix('[')?.strip_suffix(']'));
                    index.is_some_and(|it| it.parse::<usize>().is_ok())
                }
                None => declared == "NAME" || declared == part,
            })
    });
    matches && parts.next().is_none()
}

/// Returns whether a reload applies the setting, such as `limits.enabled` or `clients[2].audience`.
pub(super) fn is_reloaded(setting: &str) -> bool {
    let mut rests = RELOADED.iter().filter_map(|it| setting.strip_prefix(it));
    rests.any(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

//! What this process was told: read once, checked once, every fault listed at once.

mod admin;
mod claims;
mod clients;
mod database;
mod database_url;
mod duration;
mod env_file;
mod http;
mod issuer;
mod keys;
mod kubernetes;
mod limits;
mod log;
mod mail;
mod metrics;
mod pages;
mod password;
mod providers;
mod reader;
mod reloadable;
mod secret_file;
mod source;
mod token_size;
mod tokens;

use std::fmt;

use futures_util::{FutureExt, future};

use self::reader::SettingReader;
pub use self::{
    admin::AdminConfig,
    database::DatabaseConfig,
    duration::show as show_duration,
    http::HttpConfig,
    issuer::{InvalidIssuer, Issuer},
    keys::KeysConfig,
    limits::{LONGEST_WINDOW, LimitsConfig, Rate},
    log::LogConfig,
    mail::{MailConfig, Sender, SmtpConfig, SmtpSecurity},
    metrics::MetricsConfig,
    pages::PagesConfig,
    password::{HashCost, PasswordConfig},
    providers::{
        AppleKey, ClientCredentials, ProviderConfig, ProviderConfigs, ProviderIssuer, ProviderKind,
    },
    reloadable::{Reloadable, SecretReload},
    source::{FlagSettings, SettingSources},
    token_size::{longest_access_token, longest_claim},
    tokens::TokensConfig,
};
use crate::client::Clients;

/// One wrong setting: its name, where it came from, and what it should have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting, such as `tokens.access_lifetime`.
    pub setting: String,
    /// What gave it its value, such as `signet.toml`; empty where nothing did.
    pub origin: String,
    /// What is wrong with it. Never quotes a secret.
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

/// Everything wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "one setting is wrong:")?,
            n => write!(f, "{n} settings are wrong:")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// Every setting, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who we are to everybody else: the `iss` of every token.
    pub issuer: Issuer,
    /// Where users are stored.
    pub database: DatabaseConfig,
    /// Where keys are kept, and for how long they verify.
    pub keys: KeysConfig,
    /// Lifetimes and leeway.
    pub tokens: TokensConfig,
    /// What a password must be and what hashing it costs.
    pub password: PasswordConfig,
    /// The address to bind and the limits of a request.
    pub http: HttpConfig,
    /// Administration over HTTP.
    pub admin: AdminConfig,
    /// How often things may be tried.
    pub limits: LimitsConfig,
    /// How to log.
    pub log: LogConfig,
    /// What mails look like, and how they leave.
    pub mail: MailConfig,
    /// The templates of the hosted pages.
    pub pages: PagesConfig,
    /// Where an operator looks.
    pub metrics: MetricsConfig,
    /// The apps that tokens are minted for.
    pub clients: Clients,
    /// Others who verify people.
    pub providers: ProviderConfigs,
}

impl Config {
    /// Reads again, from their files and all at once, the secrets of mail and of providers. A file that
    /// cannot be used, or that does not answer within 5 s, changes nothing; a warning names its setting.
    pub fn reload_secrets(&self) -> impl Future<Output = ()> + Send + use<> {
        let login = self.mail.smtp.as_ref().and_then(|it| it.login.as_ref());
        let password = login.map(|(_, password)| password.reload().boxed());
        let providers = self.providers.iter().map(|it| it.credentials.reload());
        let all: Vec<_> = providers.chain(password).collect();
        future::join_all(all).map(drop)
    }

    /// Reads `signet.toml` < environment < flags, and checks every setting before it complains.
    pub fn load(sources: SettingSources) -> Result<Self, ConfigErrors> {
        let mut reader = SettingReader::new(sources);
        let http = HttpConfig::read(&mut reader);
        let issuer = Issuer::read(&mut reader, http.listen);
        let database = DatabaseConfig::read(&mut reader);
        let tokens = TokensConfig::read(&mut reader);
        let password = PasswordConfig::read(&mut reader);
        let admin = AdminConfig::read(&mut reader);
        let limits = LimitsConfig::read(&mut reader);
        let log = LogConfig::read(&mut reader);
        let mail = MailConfig::read(&mut reader);
        let pages = PagesConfig::read(&mut reader);
        let metrics = MetricsConfig::read(&mut reader, http.listen);
        let clients = clients::read(&mut reader, &issuer, &tokens);
        let keys = KeysConfig::read(&mut reader, &clients, &tokens);
        let providers = ProviderConfigs::read(&mut reader, &issuer, is_loopback(&issuer, &http));
        reader.finish()?;
        Ok(Self {
            issuer,
            database,
            keys,
            tokens,
            password,
            http,
            admin,
            limits,
            log,
            mail,
            pages,
            metrics,
            clients,
            providers,
        })
    }

    /// Whether nobody but this machine can reach the service. Only then are keys generated, and
    /// mails printed, unasked.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.issuer, &self.http)
    }
}

fn is_loopback(issuer: &Issuer, http: &HttpConfig) -> bool {
    issuer.is_loopback() && http.listen.ip().is_loopback()
}

/// The one of `all` that has this name.
fn one_of<T: Copy>(text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| {
        let names: Vec<_> = all.iter().copied().map(name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests;

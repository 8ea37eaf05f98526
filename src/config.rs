//! Configuration: every setting is read once and checked once, and all faults are reported
//! together.

mod admin;
mod claims;
mod clients;
mod config_file;
mod cookies;
mod coordination;
mod database;
mod database_url;
mod dpop;
mod duration;
mod env_file;
mod error;
mod http;
mod issuer;
mod keys;
mod kubernetes;
mod limits;
mod log;
mod logo_file;
mod mail;
mod metrics;
mod migration;
mod nearest;
mod outbound;
mod pages;
mod passkeys;
mod password;
mod policies;
mod providers;
mod raw_setting;
mod reader;
mod redis_url;
mod reload;
mod reloadable;
mod roles;
mod secret_file;
mod secret_setting;
mod settings;
mod source;
mod sso;
mod tls;
mod token_size;
mod tokens;
mod web_link;

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{FutureExt, future};

pub(crate) use self::tokens::FURTHEST_EXPIRY;
pub use self::{
    admin::AdminConfig,
    coordination::CoordinationConfig,
    database::DatabaseConfig,
    database_url::{TargetSessionAttrs, server_name, server_names, server_urls},
    dpop::{DpopConfig, NoncePolicy},
    duration::show as show_duration,
    error::{ConfigError, ConfigErrors},
    http::HttpConfig,
    issuer::{InvalidIssuer, Issuer},
    keys::KeysConfig,
    limits::{LONGEST_WINDOW, LimitsConfig, Rate},
    log::LogConfig,
    mail::{MailConfig, Sender, SmtpConfig, SmtpSecurity},
    metrics::MetricsConfig,
    migration::MigrationConfig,
    outbound::OutboundConfig,
    pages::PagesConfig,
    passkeys::{PasskeysConfig, related_origins, too_many_labels},
    password::{HashCost, PasswordConfig},
    policies::{
        IdentityHeaders, InvalidReturnUrl, LOGIN_RETURN, OnRefused, Policies, Policy, Preflight,
    },
    providers::{
        AppleKey, ClientCredentials, ProviderConfig, ProviderConfigs, ProviderIssuer, ProviderKind,
    },
    redis_url::RedisUrl,
    reload::ReloadedConfig,
    reloadable::{Reloadable, SecretReload},
    roles::RolesConfig,
    settings::{Setting, SettingKind, SettingSection, setting_sections},
    source::{FlagSettings, SettingSources},
    sso::SsoConfig,
    token_size::{longest_access_token, longest_claim},
    tokens::TokensConfig,
};
use self::{duration::one_of, reader::SettingReader};
use crate::{client::Clients, tls::ServerTls};

/// The settings that name files which are read after the configuration.
const FILE_SETTINGS: [&str; 3] = ["keys.folder", "mail.templates", "pages.templates"];

/// All settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The issuer identifier: the `iss` of every token.
    pub issuer: Issuer,
    /// The database of the users.
    pub database: DatabaseConfig,
    /// The server by which nodes share spent marks and limits.
    pub coordination: CoordinationConfig,
    /// The key folder and the schedule of keys.
    pub keys: KeysConfig,
    /// Lifetimes of tokens, and the clock leeway.
    pub tokens: TokensConfig,
    /// Password rules and the cost of hashing.
    pub password: PasswordConfig,
    /// The listen address and the limits of a request.
    pub http: HttpConfig,
    /// The administration API.
    pub admin: AdminConfig,
    /// Rate limits.
    pub limits: LimitsConfig,
    /// Logging.
    pub log: LogConfig,
    /// Mail templates and the SMTP server.
    pub mail: MailConfig,
    /// The branding and the templates of the hosted pages.
    pub pages: PagesConfig,
    /// The separate listener for metrics and probes.
    pub metrics: MetricsConfig,
    /// The certificate and the key of the listener.
    pub tls: Option<ServerTls>,
    /// Single sign-on.
    pub sso: SsoConfig,
    /// Login with passkeys.
    pub passkeys: Arc<PasskeysConfig>,
    /// The rule for requests to other servers.
    pub outbound: OutboundConfig,
    /// The service that users move from when they log in.
    pub migration: Option<MigrationConfig>,
    /// The settings of `DPoP` proofs.
    pub dpop: DpopConfig,
    /// The roles of users and the groups that they stand for.
    pub roles: RolesConfig,
    /// The OAuth clients.
    pub clients: Clients,
    /// The policies by which a proxy admits requests to other applications.
    pub policies: Policies,
    /// The external identity providers.
    pub providers: ProviderConfigs,
    /// The origins of the settings in [`FILE_SETTINGS`].
    origins: BTreeMap<&'static str, String>,
}

impl Config {
    /// Reloads the secrets of mail, of providers, of the migration and of coordination from their files, all at once. A file that
    /// cannot be used, or that is not read within 5 s, changes nothing; a warning names its
    /// setting.
    pub fn reload_secrets(&self) -> impl Future<Output = ()> + Send + use<> {
        let login = self.mail.smtp.as_ref().and_then(|it| it.login.as_ref());
        let password = login.map(|(_, password)| password.reload().boxed());
        let providers = self.providers.iter().map(|it| it.credentials.reload());
        let migration = self.migration.as_ref();
        let migration = migration.map(|it| it.secret.reload().boxed());
        let coordination = self.coordination.url.as_ref();
        let coordination = coordination.map(|url| url.reload().boxed());
        let all = providers.chain(password).chain(migration);
        let all: Vec<_> = all.chain(coordination).collect();
        future::join_all(all).map(drop)
    }

    /// Reads `signet.toml`, the environment and the flags, each stronger than the one before, and
    /// checks every setting.
    ///
    /// # Errors
    /// All faults of all settings, including unknown ones.
    pub fn load(sources: SettingSources) -> Result<Self, ConfigErrors> {
        let mut reader = SettingReader::new(sources);
        let config = Self::read(&mut reader);
        reader.finish()?;
        Ok(config)
    }

    /// Reads every setting. The faults are in `reader`.
    fn read(reader: &mut SettingReader) -> Self {
        let origins = FILE_SETTINGS.map(|setting| (setting, reader.origin(setting)));
        let http = HttpConfig::read(reader);
        let mut issuer = Issuer::read(reader, http.listen);
        let domain_origin = reader.origin("cookies.domain");
        cookies::read(reader, &mut issuer);
        let tls = tls::read(reader, &issuer);
        let database = DatabaseConfig::read(reader);
        let coordination = CoordinationConfig::read(reader);
        let tokens = TokensConfig::read(reader);
        let password = PasswordConfig::read(reader);
        let admin = AdminConfig::read(reader);
        let limits = LimitsConfig::read(reader);
        let mail = MailConfig::read(reader);
        let pages = PagesConfig::read(reader, &issuer);
        let metrics = MetricsConfig::read(reader, http.listen);
        let sso = SsoConfig::read(reader);
        let passkeys = Arc::new(PasskeysConfig::read(reader, &issuer));
        let outbound = OutboundConfig::read(reader);
        let migration = MigrationConfig::read(reader, &issuer);
        let roles = RolesConfig::read(reader);
        let clients = clients::read(reader, &issuer, &tokens, &roles);
        cookies::check_client(reader, &issuer, &clients, &domain_origin);
        let policies = Policies::read(reader, &issuer, &roles, &clients);
        let clients = match policies::login_return_uri(&issuer) {
            Some(uri) if policies.have_cookies() => clients.with_login_return(&uri),
            _ => clients,
        };
        let keys = KeysConfig::read(reader, &clients, &tokens, &sso);
        let providers = ProviderConfigs::read(reader, &issuer, is_loopback(&issuer, &http));
        Self {
            issuer,
            database,
            coordination,
            keys,
            tokens,
            password,
            http,
            admin,
            limits,
            log: LogConfig::read(reader),
            mail,
            pages,
            metrics,
            tls,
            sso,
            passkeys,
            dpop: DpopConfig::read(reader),
            outbound,
            migration,
            roles,
            clients,
            policies,
            providers,
            origins: origins.into(),
        }
    }

    /// Adds the origins of the settings to faults of the files that they name.
    #[must_use]
    pub fn with_origins(&self, mut faults: ConfigErrors) -> ConfigErrors {
        for fault in &mut faults.0 {
            if let Some(origin) = self.origins.get(fault.setting.as_str()) {
                fault.origin.clone_from(origin);
            }
        }
        faults
    }

    /// Returns the name of the service, or the host of the issuer if no name is configured.
    pub fn service_name(&self) -> &str {
        let name = self.pages.name.as_ref();
        name.map_or_else(|| self.issuer.host(), |name| name.as_str())
    }

    /// Returns whether users can change their account on hosted pages, which need a session at the issuer.
    pub fn serves_account(&self) -> bool {
        self.pages.account && self.sso.is_enabled
    }

    /// Returns whether only this machine can reach the service. Only then are keys generated and
    /// emails printed without being configured.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.issuer, &self.http)
    }
}

fn is_loopback(issuer: &Issuer, http: &HttpConfig) -> bool {
    issuer.is_loopback() && http.listen.ip().is_loopback()
}

#[cfg(test)]
mod tests;

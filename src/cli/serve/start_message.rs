//! The message of a start: settings, what was created, warnings, and a first request to try.

use std::{fmt::Write, path::Path};

use url::Url;

use crate::{
    cli::{
        counted,
        setup::{self, OpenedStore},
    },
    client::{Algorithm, Client, TokenTransport},
    config::{Config, SmtpConfig, show_duration},
    keyring::WrittenFile,
};

/// Returns the start message: settings, what was created, and a first request to try.
pub(super) fn start_message(
    config: &Config,
    opened: &OpenedStore,
    written: &[WrittenFile],
    connection_warning: Option<&str>,
) -> String {
    let mut text = format!("Signet {}\n", env!("CARGO_PKG_VERSION"));
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<10} {value}");
    };
    line("issuer", config.issuer.as_str());
    let tls = if config.tls.is_some() { ", TLS" } else { "" };
    line("listen", &format!("{}{tls}", config.http.listen));

    let mut database = match opened.store.file() {
        Some(file) => format!("SQLite, {}", absolute(&file)),
        None => without_login(&config.database.url.expose()),
    };
    if opened.created {
        database += ", created";
    }
    if opened.migrated > 0 {
        let _ = write!(
            database,
            ", {} applied",
            counted(opened.migrated, "migration")
        );
    }
    line("database", &database);

    let mut keys = absolute(&config.keys.folder);
    if !written.is_empty() {
        let names = setup::names(written).replace(' ', " and ");
        let _ = write!(keys, ", generated {names}");
    }
    line("keys", &keys);

    let tokens = &config.tokens;
    line(
        "tokens",
        &format!(
            "access {}, refresh {} idle, {} absolute, leeway {}",
            show_duration(tokens.access_lifetime),
            show_duration(tokens.refresh_idle),
            show_duration(tokens.refresh_absolute),
            show_duration(tokens.leeway),
        ),
    );
    let password = &config.password;
    line(
        "passwords",
        &format!(
            "at least {} characters, Argon2id m={} t={} p={}, {} at a time, queue of {}",
            password.min_length,
            password.cost.memory_kib,
            password.cost.iterations,
            password.cost.parallelism,
            password.workers,
            password.queue,
        ),
    );
    let mail = match &config.mail.smtp {
        Some(smtp) => &format!("{smtp} as {}", smtp.from),
        None if config.is_loopback() => "printed to standard output",
        None => "none",
    };
    line("mail", mail);
    let providers: Vec<_> = config.providers.iter().map(|it| it.id.as_str()).collect();
    if !providers.is_empty() {
        let callback = config.issuer.endpoint("/callback/<id>");
        let providers = format!("{}, redirect URI {callback}", providers.join(" "));
        line("providers", &providers);
    }
    match config.metrics.listen {
        Some(listen) => line("metrics", &format!("http://{listen}/metrics")),
        None if config.is_loopback() => {
            let scheme = if config.tls.is_some() {
                "https"
            } else {
                "http"
            };
            let url = format!("{scheme}://{}/metrics", config.http.listen);
            line("metrics", &url);
        }
        None => line("metrics", "not served: metrics.listen is not set"),
    }
    warnings(config, &mut line);
    if let Some(connection_warning) = connection_warning {
        line("WARNING", connection_warning);
    }
    if config.is_loopback() {
        text += &first_request(config);
    }
    text
}

/// Returns a first request to try: for a public client, preferably one with bearer tokens, which a terminal can use.
/// Without a public client, the page that signs up.
fn first_request(config: &Config) -> String {
    let url = config.issuer.endpoint("/signup");
    let is_public = |client: &&Client| !client.authentication.is_confidential();
    let public = || config.clients.iter().filter(is_public);
    let bearer = public().find(|client| client.transport == TokenTransport::Bearer);
    let Some(client) = bearer.or_else(|| public().next()) else {
        return format!("Try: open {url} in a browser");
    };
    let named = match public().count() {
        1 => String::new(),
        _ => format!(", \"client_id\": \"{}\"", client.client_id),
    };
    format!(
        "Try: curl -i {url} -H 'Content-Type: application/json' -d '{{\"email\": \"ada@example.com\"{named}}}'"
    )
}

/// Adds the warnings of the start message.
fn warnings(config: &Config, line: &mut impl FnMut(&str, &str)) {
    if !config.issuer.is_https() && !config.is_loopback() {
        line(
            "WARNING",
            "plain HTTP: anyone who sees the traffic can take over every account",
        );
    }
    let is_behind_proxy = config.issuer.is_https() && config.tls.is_none();
    if config.limits.enabled && config.http.proxies.trusted.is_empty() && is_behind_proxy {
        line(
            "WARNING",
            "no trusted proxy is configured: logins from private addresses are not rate-limited \
             (http.trusted_proxies)",
        );
    }
    if config.database.may_be_clear_text() {
        line(
            "WARNING",
            "the connection to the database may be unencrypted: add ?sslmode=verify-full to database.url",
        );
    }
    if config
        .mail
        .smtp
        .as_ref()
        .is_some_and(SmtpConfig::may_be_clear_text)
    {
        line(
            "WARNING",
            "emails may be sent unencrypted (mail.dangerously_clear_text): anyone who sees them can use \
             their links",
        );
    }
    let has_no_redirect_uri = |client: &Client| client.redirect_uris.is_empty();
    if config.providers.iter().next().is_some() && config.clients.iter().all(has_no_redirect_uri) {
        line(
            "note",
            "no client has redirect_uris: logins through providers cannot finish",
        );
    }
    if config.keys.algorithms.contains(&Algorithm::EdDsa) {
        line(
            "note",
            "EdDSA: some consumers cannot verify it, among them .NET and AWS",
        );
    }
    line(
        "note",
        "refresh tokens of public clients are not sender-constrained (RFC 9700 §4.14.2); a stolen one \
         works until it expires",
    );
}

/// Returns the absolute path.
fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

/// Returns a database URL without user, password and parameters.
fn without_login(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) if url.has_host() => {
            let _ = url.set_username("").and_then(|()| url.set_password(None));
            url.set_query(None);
            url.to_string()
        }
        _ => url.split('?').next().unwrap_or_default().to_owned(),
    }
}

//! The message of a start: settings, what was created, warnings, and a first request to try.

use std::fmt::Write;

use url::Url;

use crate::{
    cli::{
        counted,
        setup::{self, OpenedStore, absolute, config_warnings},
    },
    client::{Algorithm, Client, DpopMode, TokenTransport},
    config::{Config, PasswordConfig, TokensConfig, server_names, server_urls, show_duration},
    keyring::WrittenFile,
};

/// The lines of the message.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "  {name:<10} {value}");
    }

    fn warn(&mut self, warning: &str) {
        self.add("WARNING", warning);
    }

    fn note(&mut self, note: &str) {
        self.add("note", note);
    }
}

/// Returns the whole message.
pub(super) fn start_message(
    config: &Config,
    opened: &OpenedStore,
    written: &[WrittenFile],
    connection_warning: Option<&str>,
) -> String {
    let mut lines = Lines(format!("Signet {}\n", env!("CARGO_PKG_VERSION")));
    lines.add("issuer", config.issuer.as_str());
    let tls = if config.tls.is_some() { ", TLS" } else { "" };
    lines.add("listen", &format!("{}{tls}", config.http.listen));
    lines.add("database", &database(config, opened));
    lines.add("keys", &keys(config, written));
    lines.add("tokens", &tokens(&config.tokens));
    lines.add("passwords", &passwords(&config.password));
    lines.add("mail", &mail(config));
    if let Some(providers) = providers(config) {
        lines.add("providers", &providers);
    }
    lines.add("metrics", &metrics(config));
    for warning in config_warnings(config) {
        lines.warn(warning);
    }
    notes(config, &mut lines);
    if let Some(connection_warning) = connection_warning {
        lines.warn(connection_warning);
    }
    let Lines(mut text) = lines;
    if config.is_loopback() {
        text += &first_request(config);
    }
    text
}

fn database(config: &Config, opened: &OpenedStore) -> String {
    let mut text = match opened.store.file() {
        Some(file) => format!("SQLite, {}", absolute(&file)),
        None => servers(&config.database.url.expose()),
    };
    if opened.created {
        text += ", created";
    }
    if opened.migrated > 0 {
        let migrations = counted(opened.migrated, "migration");
        let _ = write!(text, ", {migrations} applied");
    }
    text
}

fn keys(config: &Config, written: &[WrittenFile]) -> String {
    let folder = absolute(&config.keys.folder);
    if written.is_empty() {
        return folder;
    }
    let names = setup::names(written).replace(' ', " and ");
    format!("{folder}, generated {names}")
}

fn tokens(tokens: &TokensConfig) -> String {
    format!(
        "access {}, refresh {} idle, {} absolute, leeway {}",
        show_duration(tokens.access_lifetime),
        show_duration(tokens.refresh_idle),
        show_duration(tokens.refresh_absolute),
        show_duration(tokens.leeway),
    )
}

fn passwords(password: &PasswordConfig) -> String {
    format!(
        "at least {} characters, Argon2id m={} t={} p={}, {} at a time, queue of {}",
        password.min_length,
        password.cost.memory_kib,
        password.cost.iterations,
        password.cost.parallelism,
        password.workers,
        password.queue,
    )
}

fn mail(config: &Config) -> String {
    match &config.mail.smtp {
        Some(smtp) => format!("{smtp} as {}", smtp.from),
        None if config.is_loopback() => "printed to standard output".to_owned(),
        None => "none".to_owned(),
    }
}

fn providers(config: &Config) -> Option<String> {
    let providers: Vec<_> = config.providers.iter().map(|it| it.id.as_str()).collect();
    let callback = config.issuer.endpoint("/callback/<id>");
    (!providers.is_empty()).then(|| format!("{}, redirect URI {callback}", providers.join(" ")))
}

fn metrics(config: &Config) -> String {
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    match config.metrics.listen {
        Some(listen) => format!("http://{listen}/metrics"),
        None if config.is_loopback() => format!("{scheme}://{}/metrics", config.http.listen),
        None => "not served: metrics.listen is not set".to_owned(),
    }
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

/// Adds the notes of the start message.
fn notes(config: &Config, lines: &mut Lines) {
    if config.passkeys.lack_domain() {
        lines.note("passkeys are off: they need a domain, and the host of the issuer is an IP address (issuer = \
             \"http://localhost:8080\" has one)");
    }
    let has_no_redirect_uri = |client: &Client| client.redirect_uris.is_empty();
    if config.providers.iter().next().is_some() && config.clients.iter().all(has_no_redirect_uri) {
        lines.note("no client has redirect_uris: logins through providers cannot finish");
    }
    if config.keys.algorithms.contains(&Algorithm::EdDsa) {
        lines.note("EdDSA: some consumers cannot verify it, among them .NET and AWS");
    }
    if let Some(note) = unbound_refresh_tokens(config) {
        lines.note(&note);
    }
}

/// Names the public clients with bearer tokens whose refresh tokens need not be bound to a key.
fn unbound_refresh_tokens(config: &Config) -> Option<String> {
    // A client with cookies cannot bind its tokens, so the note would name no remedy.
    let is_unbound = |client: &&Client| {
        !client.authentication.is_confidential()
            && client.transport == TokenTransport::Bearer
            && client.dpop.mode != DpopMode::Required
    };
    let unbound = config.clients.iter().filter(is_unbound);
    let names: Vec<_> = unbound.map(|client| client.client_id.as_str()).collect();
    let (noun, names) = match names.as_slice() {
        [] => return None,
        [only] => ("client", (*only).to_owned()),
        _ => ("clients", names.join(", ")),
    };
    Some(format!(
        "refresh tokens of the public {noun} {names} are not sender-constrained (RFC 9700 §4.14.2); a stolen one \
         works until it expires (clients.dpop)"
    ))
}

/// Returns the servers of a PostgreSQL URL, and the database, without user, password and parameters.
fn servers(url: &str) -> String {
    let names = server_names(url).join(",");
    let first = server_urls(url).into_iter().next();
    let first = first.and_then(|url| Url::parse(&url).ok());
    let database = first.as_ref().map_or("", |url| url.path());
    format!("postgres://{names}{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_is_shown_without_user_and_password() {
        for (url, expected) in [
            (
                "postgres://ada:hunter2@db/signet",
                "postgres://db:5432/signet",
            ),
            (
                "postgres://ada:hunter2@db1,db2:6432/signet?sslmode=require&password=hunter2",
                "postgres://db1:5432,db2:6432/signet",
            ),
            (
                "postgres://ada:hunter2@%2Frun%2Fpg/signet",
                "postgres:///run/pg/signet",
            ),
        ] {
            assert_eq!(servers(url), expected, "{url}");
        }
    }
}

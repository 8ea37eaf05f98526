//! `signet serve`: starts the service, prints the start message, serves, and shuts down gracefully.

mod background;
mod outgoing_mail;
mod supervisor;

use std::{
    fmt::Write,
    io,
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use axum::Router;
use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};
use url::Url;

use self::{
    background::{reload_periodically, watch_clock},
    outgoing_mail::mailer,
};
use super::{
    CommandContext, CommandFailure, counted, descriptors, print_or_give_up,
    setup::{self, OpenedStore, SchemaNeed},
};
use crate::{
    app::{App, Readiness},
    client::{Algorithm, Client, TokenTransport},
    config::{self, Config, SmtpConfig, show_duration},
    http::{self, HttpListener},
    keyring::WrittenFile,
    pages, router,
};

/// The minimum time for queued emails at shutdown, even if responses have used all of
/// `http.shutdown_grace`.
const MIN_MAIL_TIME: Duration = Duration::from_secs(1);

#[derive(Debug, Default, Args)]
pub(super) struct ServeArgs {
    /// Apply pending migrations to a PostgreSQL database first; SQLite is always migrated
    #[arg(long)]
    migrate: bool,
}

pub(super) async fn run(
    mut context: CommandContext,
    arguments: ServeArgs,
) -> Result<(), CommandFailure> {
    let connection_warning = descriptors::raise_file_limit(&mut context.config);
    // Steps that can fail without leaving anything behind come first.
    let page_templates = pages::read_templates(&context.config)?;
    let (mailer, outgoing) = mailer(&context, setup::mail_renderer(&context)?)?;
    let listener = HttpListener {
        tcp: bind("listen", context.config.http.listen).await?,
        tls: context.config.tls.clone(),
    };
    let metrics = match context.config.metrics.listen {
        Some(address) => Some(bind("metrics.listen", address).await?),
        None => None,
    };
    let hangup = signal(SignalKind::hangup())?;
    let keyring = setup::load_keys(&context)?;
    // These handlers come after the key folder is read, so that signals still end the process if it
    // does not respond.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let need = if arguments.migrate {
        SchemaNeed::Migrated
    } else {
        SchemaNeed::Embedded
    };
    let opened = setup::open(&context, need).await?;
    let (keyring, written) = match keyring {
        Some(keyring) => (keyring, Vec::new()),
        None => setup::create_keys(&context)?,
    };
    let message = start_message(
        &context.config,
        &opened,
        &written,
        connection_warning.as_deref(),
    );
    print_or_give_up(message).await;

    let CommandContext {
        config,
        clock,
        entropy,
    } = context;
    let store = opened.store;
    let app = App::new(
        config,
        clock,
        entropy,
        store.clone(),
        keyring,
        mailer,
        page_templates,
    )?;
    let settings = app.config.http.clone();
    let reloading = app.clone();
    let readiness = app.readiness.clone();
    let (stop_sender, stop_receiver) = oneshot::channel();
    let stop = async {
        let drain = tokio::select! {
            _ = terminate.recv() => settings.drain,
            _ = interrupt.recv() => Duration::ZERO,
            () = reload_periodically(&reloading, hangup) => settings.drain,
            never = watch_clock(reloading.clock.clone()) => match never {},
        };
        supervisor::stopping();
        drop(reloading);
        let _ = stop_sender.send(Instant::now() + drain);
        // A second interrupt exits immediately.
        tokio::spawn(async move {
            interrupt.recv().await;
            std::process::exit(130);
        });
        drain
    };
    let metrics = metrics.map(|listener| (listener, router::operators_router(app.clone())));
    let logouts = app.backchannel_logout.clone();
    let service = (listener, router::router(app));
    supervisor::ready();
    let cut_off = serve_both(service, metrics, &settings, &readiness, stop).await;

    store.close().await;
    let mut ends = Vec::new();
    if cut_off > 0 {
        ends.push(format!("; {} cut off", counted(cut_off, "connection")));
    }
    // Queued mails and logout tokens have the rest of the time that responses in flight had, and at least a
    // moment. Every handle of the mailer is gone with the router.
    let since = stop_receiver
        .await
        .map_or(Duration::ZERO, |at| at.elapsed());
    let left = settings.shutdown_grace.saturating_sub(since);
    let grace = left.max(MIN_MAIL_TIME);
    let mails = async {
        match outgoing {
            Some(outgoing) => outgoing.finish(grace).await,
            None => 0,
        }
    };
    let (lost, dropped) = tokio::join!(mails, logouts.finish(grace));
    for (number, what, end) in [
        (lost, "email", "lost"),
        (dropped, "logout notification", "dropped"),
    ] {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        ends.extend((number > 0).then(|| format!("; {} {end}", counted(number, what))));
    }
    print_or_give_up(format!("Stopped{}.", ends.concat())).await;
    Ok(())
}

/// Serves the public listener until `stop`, and the metrics listener until the public one has
/// finished. Returns the number of connections that were cut off.
async fn serve_both(
    (listener, router): (HttpListener, Router),
    metrics: Option<(TcpListener, Router)>,
    settings: &config::HttpConfig,
    readiness: &Readiness,
    stop: impl Future<Output = Duration>,
) -> usize {
    let (finished_sender, finished_receiver) = oneshot::channel::<()>();
    let service = async {
        let cut_off = http::serve(listener, router, settings, readiness.clone(), stop).await;
        drop(finished_sender);
        cut_off
    };
    let metrics_service = async {
        if let Some((listener, router)) = metrics {
            let settings = &config::HttpConfig {
                max_connections: descriptors::METRICS_CONNECTIONS,
                ..settings.clone()
            };
            let stop = async {
                let _ = finished_receiver.await;
                Duration::ZERO
            };
            let listener = HttpListener {
                tcp: listener,
                tls: None,
            };
            http::serve(listener, router, settings, readiness.clone(), stop).await;
        }
    };
    tokio::join!(service, metrics_service).0
}

async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, CommandFailure> {
    TcpListener::bind(address).await.map_err(|error| {
        let problem = match error.kind() {
            io::ErrorKind::AddrInUse => {
                format!("is already in use by another program: stop it, or set {setting} to another port")
            },
            io::ErrorKind::PermissionDenied => {
                "cannot be bound: this user has no permission".to_owned()
            }
            kind => format!("cannot be bound: {kind}"),
        };
        CommandFailure::new(format!("{setting}: {address} {problem}"))
    })
}

/// Returns the start message: settings, what was created, and a first request to try.
fn start_message(
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

//! `signet serve`: starts the service, prints the start message, serves, and shuts down gracefully.

mod background;
mod outgoing_mail;
mod reload;
mod start_message;
mod supervisor;

use std::{
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use clap::Args;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use self::{
    background::{reload_periodically, watch_clock},
    outgoing_mail::mailer,
    reload::RunningService,
    start_message::start_message,
};
use super::{
    CommandContext, CommandFailure, counted, descriptors, print_or_give_up,
    setup::{self, SchemaNeed},
};
use crate::{
    app::{App, Readiness},
    config::{self, SettingSources},
    http::{self, CurrentRouter, HttpListener},
    pages,
};

/// The minimum time for queued emails and logout notifications at shutdown, even if responses have used all of
/// `http.shutdown_grace`.
const MIN_DELIVERY_TIME: Duration = Duration::from_secs(1);

#[derive(Debug, Default, Args)]
pub(super) struct ServeArgs {
    /// Apply pending migrations to a PostgreSQL database first; SQLite is always migrated
    #[arg(long)]
    migrate: bool,
}

pub(super) async fn run(
    mut context: CommandContext,
    sources: SettingSources,
    arguments: ServeArgs,
) -> Result<(), CommandFailure> {
    let connection_warning = descriptors::raise_file_limit(&mut context.config);
    // Steps that can fail without leaving anything behind come first.
    let page_templates = pages::read_templates(&context.config)?;
    let (mailer, outgoing) = mailer(&context, setup::mail_renderer(&context.config)?)?;
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

    let store = opened.store;
    let app = App::new(
        context.config,
        context.clock.clone(),
        context.entropy,
        store.clone(),
        keyring,
        mailer,
        page_templates,
    )?;
    let settings = app.config.http.clone();
    let logouts = app.backchannel_logout.clone();
    let readiness = app.readiness.clone();
    let mut running = RunningService::new(app, sources);
    let metrics = metrics.map(|listener| (listener, running.operators_router()));
    let service = (listener, running.router());
    let (stop_sender, stop_receiver) = oneshot::channel();
    let stop = async {
        let drain = tokio::select! {
            _ = terminate.recv() => settings.drain,
            _ = interrupt.recv() => Duration::ZERO,
            () = reload_periodically(&mut running, hangup) => settings.drain,
            never = watch_clock(context.clock) => match never {},
        };
        supervisor::stopping();
        drop(running);
        let _ = stop_sender.send(Instant::now() + drain);
        // A second interrupt exits immediately.
        tokio::spawn(async move {
            interrupt.recv().await;
            std::process::exit(130);
        });
        drain
    };
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
    let grace = left.max(MIN_DELIVERY_TIME);
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
    (listener, router): (HttpListener, CurrentRouter),
    metrics: Option<(TcpListener, CurrentRouter)>,
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

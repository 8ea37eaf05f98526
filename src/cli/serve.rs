//! `signet serve`: starts the service, prints the start message, serves, and shuts down gracefully.

mod background;
mod listeners;
mod outgoing_mail;
mod reload;
mod shutdown;
mod start_message;
mod supervisor;

use std::time::{Duration, Instant};

use clap::Args;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use self::{
    listeners::Listeners,
    outgoing_mail::mailer,
    reload::RunningService,
    shutdown::{StopSignals, finish_deliveries, stop_message, until_stopped},
    start_message::start_message,
};
use super::{
    CommandContext, CommandFailure, descriptors, print_or_give_up,
    setup::{self, SchemaNeed},
};
use crate::{
    app::{App, Machine},
    blocking::Threads,
    config::SettingSources,
    pages,
};

#[derive(Debug, Default, Args)]
pub(super) struct ServeArgs {
    /// Apply pending migrations to a PostgreSQL database first; SQLite is always migrated
    #[arg(long)]
    migrate: bool,
}

impl ServeArgs {
    /// Returns the changes that the start may make to the database.
    fn schema_need(&self) -> SchemaNeed {
        if self.migrate {
            SchemaNeed::Migrated
        } else {
            SchemaNeed::Embedded
        }
    }
}

pub(super) async fn run(
    mut context: CommandContext,
    sources: SettingSources,
    arguments: ServeArgs,
) -> Result<(), CommandFailure> {
    let connection_warning = descriptors::raise_file_limit(&mut context.config);
    // Steps that can fail without leaving anything behind come first.
    let page_templates = pages::read_templates(&context.config)?;
    let (mailer, mails) = mailer(&context, setup::mail_renderer(&context.config)?)?;
    let listeners = Listeners::bind(&context.config).await?;
    let hangup = signal(SignalKind::hangup())?;
    let keyring = setup::load_keys(&context)?;
    // These handlers come after the key folder is read, so that signals still end the process if it
    // does not respond.
    let signals = StopSignals::handle()?;
    setup::check_coordination(&context.config).await?;
    let opened = setup::open(&context, arguments.schema_need()).await?;
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

    let clock = context.clock.clone();
    let store = opened.store;
    let app = App::new(
        context.config,
        Machine {
            clock: context.clock,
            entropy: context.entropy,
            threads: Threads::Separate,
        },
        store.clone(),
        keyring,
        mailer,
        page_templates,
    )?
    .with_recent_events(context.recent_events);
    let settings = app.config.http.clone();
    let logouts = app.backchannel_logout.clone();
    let readiness = app.readiness.clone();
    let running = RunningService::new(app, sources);
    let routers = (running.router(), running.operators_router());
    let (stop_sender, stop_receiver) = oneshot::channel();
    let stop = async {
        let drain = until_stopped(running, signals, hangup, clock).await;
        let _ = stop_sender.send(Instant::now() + drain);
        drain
    };
    let watched = store.clone();
    let watching = tokio::spawn(async move { watched.watch_servers().await });
    supervisor::ready();
    let cut_off = listeners.serve(routers, &settings, &readiness, stop).await;

    watching.abort();
    store.close().await;
    // Deliveries have the rest of the time that responses in flight had. Every handle of the mailer is gone with the
    // router.
    let since = stop_receiver
        .await
        .map_or(Duration::ZERO, |at| at.elapsed());
    let left = settings.shutdown_grace.saturating_sub(since);
    let undelivered = finish_deliveries(mails, &logouts, left).await;
    print_or_give_up(stop_message(cut_off, &undelivered)).await;
    Ok(())
}

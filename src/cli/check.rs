//! `signet check`: validates a set-up without starting the service, creating files or changing anything.

use std::{fmt::Display, time::Duration};

use clap::Args;

use super::{
    CommandContext, CommandFailure, counted, print,
    setup::{self, SchemaNeed, config_warnings},
};
use crate::{
    client::{Client, ClientKeys},
    config::{ProviderConfig, ProviderIssuer},
    connect::Resolver,
    fetch::{Fetcher, NetworkAccess},
    key_set::KeySet,
    mail::SmtpSender,
    pages,
    provider::discovery::Discovery,
    store::Store,
};

/// The time limit of a request to a provider or a client.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Check only what is on this machine: no database server, mail server, provider or client is contacted
    #[arg(long)]
    offline: bool,
}

/// The result of one check: what was found, or what is wrong.
type Checked = Result<String, String>;

/// Checks the settings, which were read before, and everything that they name. Prints one line for each check.
///
/// # Errors
/// A check failed: exit code 1.
pub(super) async fn run(
    context: &CommandContext,
    arguments: &CheckArgs,
) -> Result<(), CommandFailure> {
    let mut report = Report { failed: 0 };
    let config = &context.config;
    let clients = counted(config.clients.iter().count(), "client");
    let providers = counted(config.providers.iter().count(), "provider");
    let summary = format!("issuer {}, {clients}, {providers}", config.issuer);
    report.line("configuration", Ok(summary))?;
    for warning in config_warnings(config) {
        print(format!("WARNING configuration: {warning}"))?;
    }
    report.line("keys", keys(context))?;
    report.line("page templates", templates(pages::read_templates(config)))?;
    report.line("mail templates", templates(setup::mail_renderer(config)))?;
    for checked in database(context, arguments.offline).await {
        report.line("database", checked)?;
    }
    if arguments.offline {
        return report.finish();
    }
    if let Some(checked) = setup::coordination_server(config).await {
        report.line("coordination", checked)?;
    }
    report.line("mail server", mail_server(context).await)?;
    let reach = if config.is_loopback() {
        NetworkAccess::Loopback
    } else {
        NetworkAccess::Public
    };
    let fetcher = Fetcher::new(reach, TIMEOUT, Resolver::system()).map_err(CommandFailure::new)?;
    let fetcher = fetcher.allowing(config.outbound.allow.clone());
    for settings in config.providers.iter() {
        let checked = provider(context, settings, &fetcher).await;
        report.line(&format!("provider {}", settings.id), checked)?;
    }
    if let Some(migration) = &config.migration {
        let checked = fetcher.check_url(&migration.verify_url);
        let checked = checked.map(|()| "may be requested; nothing was sent".to_owned());
        let checked = checked.map_err(|problem| problem.to_string());
        report.line("migration.verify_url", checked)?;
    }
    for client in config.clients.iter() {
        if let Some(checked) = key_set(client, &fetcher).await {
            report.line(&format!("keys of client {}", client.client_id), checked)?;
        }
    }
    report.finish()
}

struct Report {
    failed: usize,
}

impl Report {
    fn line(&mut self, name: &str, checked: Checked) -> Result<(), CommandFailure> {
        match checked {
            Ok(found) => print(format!("ok      {name}: {found}")),
            Err(problem) => {
                self.failed += 1;
                print(format!("FAILED  {name}: {problem}"))
            }
        }
    }

    fn finish(self) -> Result<(), CommandFailure> {
        match self.failed {
            0 => Ok(()),
            failed => Err(CommandFailure::new(format!(
                "{} failed",
                counted(failed, "check")
            ))),
        }
    }
}

fn keys(context: &CommandContext) -> Checked {
    let folder = context.config.keys.folder.display();
    let read = setup::load_keys(context).map_err(message)?;
    let Some(read) = read else {
        return Ok(format!(
            "the folder {folder} lacks a key that is needed; the start generates it"
        ));
    };
    let algorithms: Vec<_> = context.config.keys.algorithms.iter().collect();
    for algorithm in &algorithms {
        if read.signing(**algorithm, context.clock.now()).is_none() {
            return Err(format!(
                "{folder} has no key for {}, which a client needs: run `signet keys generate`",
                algorithm.as_str()
            ));
        }
    }
    let names: Vec<_> = algorithms.iter().map(|it| it.as_str()).collect();
    Ok(format!("{folder} signs with {}", names.join(", ")))
}

fn templates<T>(read: Result<T, impl Into<CommandFailure>>) -> Checked {
    read.map(|_| "render".to_owned())
        .map_err(|error| message(error.into()))
}

/// Returns each problem of the database and its replicas, or what was found.
async fn database(context: &CommandContext, is_offline: bool) -> Vec<Checked> {
    let file = match Store::new(&context.config.database) {
        Ok(store) => store.file(),
        Err(error) => return vec![Err(error.to_string())],
    };
    match file {
        Some(file) if !file.exists() => {
            let file = file.display();
            let found = format!("{file} does not exist yet; the first start creates it");
            return vec![Ok(found)];
        }
        None if is_offline => return vec![Ok("not contacted".to_owned())],
        _ => {}
    }
    let mut problems = vec![];
    match setup::open_checked(context, SchemaNeed::AsItIs, &mut problems).await {
        Ok(opened) => opened.store.close().await,
        Err(failure) => problems.push(message(failure)),
    }
    if problems.is_empty() {
        return vec![Ok("is reachable, and no migration is missing".to_owned())];
    }
    problems.into_iter().map(Err).collect()
}

async fn mail_server(context: &CommandContext) -> Checked {
    let CommandContext {
        config,
        clock,
        entropy,
        ..
    } = context;
    let Some(smtp) = &config.mail.smtp else {
        return if config.is_loopback() {
            Ok("none is configured; emails are printed".to_owned())
        } else {
            Ok(
                "none is configured (mail.url); requests that send an email are answered with 501"
                    .to_owned(),
            )
        };
    };
    let sender = SmtpSender::new(smtp, config.issuer.host(), clock.clone(), entropy.clone());
    let checked = sender.map_err(|error| error.to_string())?.check().await;
    checked.map_err(|error| format!("{smtp}: {error}"))?;
    Ok(format!("{smtp} accepts connections"))
}

async fn provider(
    context: &CommandContext,
    settings: &ProviderConfig,
    fetcher: &Fetcher,
) -> Checked {
    let (id, fetcher, clock) = (&settings.id, fetcher.clone(), context.clock.clone());
    let discovery = match &settings.issuer {
        ProviderIssuer::OpenId { issuer, url } => Discovery::new(id, issuer, url, fetcher, clock),
        ProviderIssuer::Microsoft { tenants, url } => {
            Discovery::microsoft(id, *tenants, url, fetcher, clock)
        }
        ProviderIssuer::GitHub { .. } => {
            return Ok("publishes no metadata; nothing was requested".to_owned());
        }
    };
    let metadata = discovery.metadata().await;
    metadata.map_err(|error| error.to_string())?;
    Ok("publishes valid metadata".to_owned())
}

/// Fetches the key set of a client, if it has a `jwks_uri`.
async fn key_set(client: &Client, fetcher: &Fetcher) -> Option<Checked> {
    let Some(ClientKeys::Uri(url)) = &client.authentication.keys else {
        return None;
    };
    let response = match fetcher.get(url).await {
        Ok(response) if response.status() == 200 => response,
        Ok(response) => return Some(Err(format!("{url} answers {}", response.status().as_u16()))),
        Err(error) => return Some(Err(format!("{url}: the request {error}"))),
    };
    let keys = KeySet::of_provider(response.body());
    Some(match keys {
        Ok(keys) if keys.is_empty() => Err(format!("{url} has no key for ES256, RS256 or EdDSA")),
        Ok(_) => Ok(format!("{url} has usable keys")),
        Err(error) => Err(format!("{url}: the key set {error}")),
    })
}

fn message(failure: impl Display) -> String {
    failure.to_string()
}

//! Reloads the configuration of the running service, all or nothing.

use std::{sync::Arc, time::Duration};

use crate::{
    app::{self, App, LoadedConfig},
    blocking::Worker,
    cli::setup,
    config::{Config, ConfigError, ConfigErrors, ReloadedConfig, SettingSources},
    http::CurrentRouter,
    pages, router,
};

/// The time limit for reading the configuration and the files that it names.
const READ_LIMIT: Duration = Duration::from_secs(10);

/// The application in use, the settings that it was built from, and the routers that serve it.
pub(super) struct RunningService {
    pub(super) app: App,
    sources: Arc<SettingSources>,
    router: CurrentRouter,
    operators_router: CurrentRouter,
    reader: Worker,
}

/// A new configuration that was read completely.
struct NewConfig {
    loaded: LoadedConfig,
    sources: SettingSources,
    outcome: AppliedReload,
}

/// The outcome of a reload.
struct AppliedReload {
    /// The settings that have changed and are applied.
    applied: Vec<String>,
    /// The settings that have changed and need a restart.
    need_restart: Vec<String>,
    added_clients: Vec<String>,
    removed_clients: Vec<String>,
}

impl RunningService {
    pub(super) fn new(app: App, sources: SettingSources) -> Self {
        Self {
            sources: Arc::new(sources),
            router: CurrentRouter::new(router::served_routes(&app)),
            operators_router: CurrentRouter::new(router::operators_served_routes(&app)),
            reader: Worker::named("signet-config"),
            app,
        }
    }

    /// Returns the router for `listen`.
    pub(super) fn router(&self) -> CurrentRouter {
        self.router.clone()
    }

    /// Returns the router for `metrics.listen`.
    pub(super) fn operators_router(&self) -> CurrentRouter {
        self.operators_router.clone()
    }

    /// Reads the configuration again and applies it. If it has a fault, the configuration in use stays. Logs the
    /// outcome. Returns whether it was applied.
    pub(super) async fn reload(&mut self) -> bool {
        match self.apply().await {
            Ok(outcome) => {
                self.app.metrics.config_reloaded(0);
                outcome.log();
                true
            }
            Err(ConfigErrors(faults)) => {
                self.app.metrics.config_reloaded(faults.len());
                for ConfigError {
                    setting,
                    origin,
                    problem,
                } in faults
                {
                    tracing::error!(
                        setting,
                        origin,
                        problem,
                        "the configuration was not reloaded because of a fault: the one in use stays"
                    );
                }
                false
            }
        }
    }

    async fn apply(&mut self) -> Result<AppliedReload, ConfigErrors> {
        let (config, sources) = (self.app.config.clone(), self.sources.clone());
        let work = move || NewConfig::read(&config, &sources);
        let read = self.reader.run(READ_LIMIT, work).await;
        let read = read.map_err(|unfinished| fault("configuration", unfinished.to_string()))?;
        let NewConfig {
            loaded,
            sources,
            outcome,
        } = read?;
        let config = loaded.config().clone();
        let app = self.app.reload(loaded);
        let app = app.map_err(|error| config.with_origins(faults_of(&error)))?;
        self.router.replace(router::served_routes(&app));
        self.operators_router
            .replace(router::operators_served_routes(&app));
        self.sources = Arc::new(sources);
        self.app = app;
        Ok(outcome)
    }
}

impl AppliedReload {
    fn log(&self) {
        tracing::info!(
            settings = self.applied.join(", "),
            added_clients = self.added_clients.join(", "),
            "the configuration was reloaded"
        );
        if !self.removed_clients.is_empty() {
            tracing::warn!(
                clients = self.removed_clients.join(", "),
                "clients were removed: their users cannot log in or refresh any more"
            );
        }
        if !self.need_restart.is_empty() {
            tracing::warn!(
                settings = self.need_restart.join(", "),
                "settings have changed that are read only at the start: restart the service to apply them"
            );
        }
    }
}

impl NewConfig {
    /// Reads the settings and the templates, and blocks meanwhile.
    fn read(used: &Config, sources: &SettingSources) -> Result<Self, ConfigErrors> {
        let read = sources.read_again()?;
        for warning in read.warnings() {
            tracing::warn!("{warning}");
        }
        let ReloadedConfig {
            config,
            sources,
            applied,
            need_restart,
        } = used.reload(sources, read)?;
        let outcome = AppliedReload {
            applied,
            need_restart,
            added_clients: lacking(used, &config),
            removed_clients: lacking(&config, used),
        };
        let mails = setup::mail_renderer(&config);
        let page_templates = pages::read_templates(&config);
        let (mails, page_templates) = match (mails, page_templates) {
            (Ok(mails), Ok(page_templates)) => (mails, page_templates),
            (mails, page_templates) => {
                let faults = [mails.err(), page_templates.err()].into_iter().flatten();
                return Err(ConfigErrors(faults.flat_map(|faults| faults.0).collect()));
            }
        };
        let loaded = LoadedConfig::new(config, mails, page_templates);
        Ok(Self {
            loaded: loaded.map_err(|error| faults_of(&error))?,
            sources,
            outcome,
        })
    }
}

/// Returns the clients of `other` that `config` lacks.
fn lacking(config: &Config, other: &Config) -> Vec<String> {
    let clients = other.clients.iter().map(|client| &client.client_id);
    let lacking = clients.filter(|id| config.clients.get(id).is_none());
    lacking.cloned().collect()
}

fn fault(setting: &str, problem: String) -> ConfigErrors {
    ConfigErrors(vec![ConfigError::of_files(setting, problem)])
}

/// Returns the faults of settings for which no application can be built.
fn faults_of(error: &app::Error) -> ConfigErrors {
    match error {
        app::Error::Keys(faults) => {
            let faults = faults.iter().map(|it| fault("keys.folder", it.to_string()));
            ConfigErrors(faults.flat_map(|faults| faults.0).collect())
        }
        app::Error::ClientKeys(error) => fault("clients", error.to_string()),
        error => fault("configuration", error.to_string()),
    }
}

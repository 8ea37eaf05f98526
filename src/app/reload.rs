//! Replaces the configuration of a running application.

use std::sync::Arc;

use super::{App, Error, outbound, services::Services};
use crate::{
    config::Config, fetch::Fetcher, limits::Limits, mail::MailRenderer, password::PasswordPolicy,
    templates::PageTemplates,
};

/// A configuration with everything that was read from disk for it.
pub struct LoadedConfig {
    config: Config,
    mails: MailRenderer,
    page_templates: PageTemplates,
    fetcher: Option<Fetcher>,
}

impl LoadedConfig {
    /// Prepares a configuration of [`Config::reload`] with its templates. Reads the certificates of this machine,
    /// and blocks meanwhile.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(
        config: Config,
        mails: MailRenderer,
        page_templates: PageTemplates,
    ) -> Result<Self, Error> {
        Ok(Self {
            fetcher: outbound::fetcher(&config)?,
            config,
            mails,
            page_templates,
        })
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

impl App {
    /// Returns the application with another configuration. The database, keys, password hashing, used tokens, queued
    /// emails and counters are shared. Rate limits are shared unless their settings have changed. Requests in flight
    /// still use this application.
    ///
    /// # Errors
    /// The keys in use do not suffice for the clients, or the key set of a client is unusable. Nothing has changed
    /// then.
    pub fn reload(&self, loaded: LoadedConfig) -> Result<Self, Error> {
        let LoadedConfig {
            config,
            mails,
            page_templates,
            fetcher,
        } = loaded;
        let lasting = &self.lasting;
        let unsent = &lasting.unsent_requests;
        let fetcher = fetcher.map(|fetcher| fetcher.counting_in(unsent.clone()));
        let tokens = self.tokens.for_clients(config.clients.clone());
        let limits = if config.limits == self.config.limits {
            self.limits.clone()
        } else {
            let coordination = lasting.coordination.clone();
            Limits::new(
                &config.limits,
                self.clock.clone(),
                &self.entropy,
                coordination,
            )?
        };
        let services = Services {
            policy: PasswordPolicy::new(&config),
            config: Arc::new(config),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            store: self.store.clone(),
            hasher: self.hasher.clone(),
            limits,
            mailer: lasting.mailer.clone(),
            backchannel_logout: self
                .backchannel_logout
                .for_clients(tokens.clone(), fetcher.as_ref()),
            fetcher,
            tokens,
            spent: lasting.spent.clone(),
            metrics: lasting.metrics.clone(),
        };
        let app = Self::of_services(services, page_templates, lasting.clone())?;
        // The last step that can fail: all handles share the keys.
        let keyring = self.tokens.keyring();
        keyring
            .reschedule(&app.config.keys, self.clock.now())
            .map_err(Error::Keys)?;
        lasting.mailer.replace_renderer(mails);
        Ok(app)
    }
}

//! The one handle by which the service sends requests to other servers.

use std::time::Duration;

use crate::{
    client::Client,
    config::Config,
    connect::Resolver,
    fetch::{self, Fetcher, NetworkAccess},
};

/// The time that a request to another server may take in all.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A handle, if the configuration needs one: creating it reads the certificates of this machine.
///
/// # Errors
/// TLS cannot be set up.
pub(crate) fn fetcher(config: &Config) -> Result<Option<Fetcher>, fetch::Error> {
    let has_clients = config.clients.iter().any(Client::receives_requests);
    let has_providers = config.providers.iter().next().is_some();
    if !has_providers && !has_clients && config.migration.is_none() {
        return Ok(None);
    }
    let reach = if config.is_loopback() {
        NetworkAccess::Loopback
    } else {
        NetworkAccess::Public
    };
    let fetcher = Fetcher::new(reach, TIMEOUT, Resolver::system())?;
    Ok(Some(fetcher.allowing(config.outbound.allow.clone())))
}

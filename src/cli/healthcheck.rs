//! `signet healthcheck`: asks a running service whether it is ready. For container images without `curl`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use clap::Args;
use http::StatusCode;
use url::Url;

use super::{CommandContext, CommandFailure, print};
use crate::{
    config::Config,
    connect::{Resolver, innermost},
    fetch::{Fetcher, NetworkAccess},
};

/// The route that reports whether the service is ready.
const ROUTE: &str = "/readyz";

/// The time limit of the request.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, Args)]
pub(super) struct HealthcheckArgs {
    /// Base URL of the service [default: `listen`, by https if tls.certificate is set]
    #[arg(long, value_name = "URL", value_parser = base_url)]
    url: Option<Url>,
}

/// Requests the readiness of a running service.
///
/// # Errors
/// The service cannot be reached, or it is not ready: exit code 1.
pub(super) async fn run(
    context: &CommandContext,
    arguments: HealthcheckArgs,
) -> Result<(), CommandFailure> {
    let is_own_address = arguments.url.is_none();
    let base = match arguments.url {
        Some(url) => url,
        None => url_of(&context.config)?,
    };
    let url = base.join(ROUTE).map_err(CommandFailure::usage)?;
    let client = if is_own_address {
        // The certificate names the host of the issuer, not the address at which the service listens.
        Fetcher::without_verification(TIMEOUT, Resolver::system())
    } else {
        Fetcher::new(NetworkAccess::Everywhere, TIMEOUT, Resolver::system())
    };
    let response = client.map_err(CommandFailure::new)?.get(&url).await;
    let response = response
        .map_err(|error| CommandFailure::new(format!("{url}: {error}: {}", innermost(&error))))?;
    let status = response.status();
    if status == StatusCode::OK {
        return print("ready");
    }
    let body = String::from_utf8_lossy(response.body());
    let reason = serde_json::from_str::<serde_json::Value>(&body).ok();
    let reason = reason.as_ref().and_then(|it| it.get("title")?.as_str());
    let reason = reason.map_or_else(String::new, |it| format!(": {it}"));
    Err(CommandFailure::new(format!(
        "{url} answers {}{reason}",
        status.as_u16()
    )))
}

/// Parses an http or https URL.
fn base_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or("must be an http or https URL such as http://127.0.0.1:8080")
}

/// Returns the URL of a service that listens there. An address that stands for all addresses is replaced
/// by the one of this machine.
fn url_of(config: &Config) -> Result<Url, CommandFailure> {
    let listen = config.http.listen;
    let host: IpAddr = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let address = SocketAddr::new(host, listen.port());
    let scheme = if config.tls.is_some() {
        "https"
    } else {
        "http"
    };
    Url::parse(&format!("{scheme}://{address}")).map_err(CommandFailure::usage)
}

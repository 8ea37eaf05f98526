//! The HTTP client for all requests to other servers, whose URLs come from the configuration or from a
//! document of a provider.
//!
//! Requests use https. Plain http is allowed only to this machine, and only if the service itself is
//! reachable from this machine alone. The client follows no redirects and uses no proxy. It checks every
//! IP address before it connects, so that neither a document nor a name server can direct a request into
//! a private network (server-side request forgery, RFC 8725 §3.10). One timeout covers the whole request.
//! The size limit applies to the bytes received, not only to the announced length.

mod error;
mod exchange;
mod resolve;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderValue, Request, Response,
    header::{ACCEPT, HOST, USER_AGENT},
};
use http_body_util::Full;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use url::{Host, Position, Url};

pub use self::error::{Error, NotAdmitted, TimedOut};
use self::{exchange::exchange, resolve::TargetRules};
use crate::{
    connect::{Resolver, Tls, Trust, race},
    network::AllowedTargets,
};

/// The maximum length of a response body, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// The value of the `User-Agent` header.
const USER_AGENT_VALUE: &str = concat!("signet/", env!("CARGO_PKG_VERSION"));

/// The servers that requests may be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkAccess {
    /// Servers on the public internet, over https.
    Public,
    /// Also servers on this machine, over https or http. Meant for a service that is itself reachable
    /// from this machine alone.
    Loopback,
    /// Every server, over https or http. For requests that an operator makes by a command.
    Everywhere,
}

/// An HTTP client for requests to other servers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    resolver: Resolver,
    tls: Tls,
    rules: TargetRules,
    timeout: Duration,
    unsent: UnsentRequests,
}

/// The number of requests that were not sent because the URL or every address of its host is not allowed. Clones
/// count together.
#[derive(Debug, Clone, Default)]
pub struct UnsentRequests(Arc<AtomicU64>);

impl UnsentRequests {
    /// Returns the number.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Fetcher {
    /// Returns a client for the servers in `access`. The timeout covers a whole request, from the look-up
    /// of the name to the last byte of the response.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(
        access: NetworkAccess,
        timeout: Duration,
        resolver: Resolver,
    ) -> Result<Self, Error> {
        Self::trusting(Trust::Machine, access, timeout, resolver)
    }

    /// Returns a client that accepts every certificate. For requests without secrets to this machine.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn without_verification(timeout: Duration, resolver: Resolver) -> Result<Self, Error> {
        let access = NetworkAccess::Everywhere;
        Self::trusting(Trust::AnyCertificate, access, timeout, resolver)
    }

    fn trusting(
        trust: Trust<'_>,
        access: NetworkAccess,
        timeout: Duration,
        resolver: Resolver,
    ) -> Result<Self, Error> {
        let tls = Tls::new(trust, &["http/1.1"]);
        Ok(Self {
            resolver,
            tls: tls.map_err(|error| Error::Tls(error.into()))?,
            rules: TargetRules {
                access,
                allowed: AllowedTargets::default(),
            },
            timeout,
            unsent: UnsentRequests::default(),
        })
    }

    /// Counts requests that are not sent in `unsent`.
    #[must_use]
    pub fn counting_in(self, unsent: UnsentRequests) -> Self {
        Self { unsent, ..self }
    }

    /// Also allows requests over https to these private networks and hosts. A host may have any address but
    /// that of a metadata service of a cloud, which only a named network allows.
    #[must_use]
    pub fn allowing(self, allowed: AllowedTargets) -> Self {
        let access = self.rules.access;
        Self {
            rules: TargetRules { access, allowed },
            ..self
        }
    }

    /// Returns the same client with separate look-up threads, for requests to another server. A name
    /// server that does not respond then delays requests to that server only.
    #[must_use]
    pub fn separate(&self) -> Self {
        Self {
            resolver: self.resolver.separate(),
            ..self.clone()
        }
    }

    /// Returns the same client with another timeout.
    #[must_use]
    pub fn within(&self, timeout: Duration) -> Self {
        Self {
            timeout,
            ..self.clone()
        }
    }

    /// Checks whether requests to `url` are allowed, before its host name is resolved.
    ///
    /// The resolved addresses are checked again by each request.
    ///
    /// # Errors
    /// The scheme or the IP address of the URL is not allowed, or the URL has user information or a
    /// fragment.
    pub fn check_url(&self, url: &Url) -> Result<(), NotAdmitted> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAdmitted::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(NotAdmitted::Fragment);
        }
        let host = url.host().ok_or(NotAdmitted::Scheme)?;
        let is_everywhere = self.rules.access == NetworkAccess::Everywhere;
        let allows_http =
            is_everywhere || (self.rules.allows_loopback() && resolve::is_this_machine(&host));
        match url.scheme() {
            "https" => {}
            "http" if allows_http => {}
            _ => return Err(NotAdmitted::Scheme),
        }
        if is_everywhere || self.rules.allows_host(&host) {
            Ok(())
        } else {
            Err(NotAdmitted::Private)
        }
    }

    /// Sends a GET request to `url`.
    ///
    /// # Errors
    /// The URL is not allowed, or the server sends no complete response in time and within the size
    /// limit. A redirect is an error. Every other status is returned as a response.
    pub async fn get(&self, url: &Url) -> Result<Response<Vec<u8>>, Error> {
        let request = Request::new(Vec::new());
        Box::pin(self.request(request, url.clone())).await
    }

    /// Sends a request to the URL in its request target, which must be absolute.
    ///
    /// # Errors
    /// The same as for [`Fetcher::get`].
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        // The URL parser normalises other notations of an IP address (such as `0x7f.1`), so the address
        // that is checked is the address that is connected to.
        let url = Url::parse(&request.uri().to_string()).map_err(|_| NotAdmitted::Scheme)?;
        Box::pin(self.request(request, url)).await
    }

    async fn request(
        &self,
        request: Request<Vec<u8>>,
        url: Url,
    ) -> Result<Response<Vec<u8>>, Error> {
        self.request_allowed(request, url)
            .await
            .inspect_err(|error| {
                if matches!(error, Error::NotAdmitted(_)) {
                    self.unsent.add_one();
                }
            })
    }

    async fn request_allowed(
        &self,
        request: Request<Vec<u8>>,
        url: Url,
    ) -> Result<Response<Vec<u8>>, Error> {
        self.check_url(&url)?;
        let request = prepare(request, &url)?;
        let deadline = Instant::now() + self.timeout;
        let stream = self.connect(&url, deadline).await?;
        if url.scheme() != "https" {
            return run_until(deadline, TimedOut::Answer, exchange(stream, request)).await;
        }
        let host = url.host_str().unwrap_or_default();
        let handshake = self.tls.connect(host.trim_matches(['[', ']']), stream);
        let handshake = async { Ok(handshake.await?) };
        let stream = run_until(deadline, TimedOut::Handshake, handshake).await?;
        run_until(deadline, TimedOut::Answer, exchange(stream, request)).await
    }

    /// Connects to one of the IP addresses of the URL's host. Addresses that are not allowed are skipped.
    ///
    /// # Errors
    /// The host has no address that is allowed, or no allowed address accepts a connection in time.
    async fn connect(&self, url: &Url, deadline: Instant) -> Result<TcpStream, Error> {
        let addresses = match url.host() {
            // `check_url` has checked these addresses.
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            Some(Host::Domain(name)) => {
                let look_up = async { Ok(self.resolver.addresses(name).await?) };
                let found = run_until(deadline, TimedOut::Name, look_up).await?;
                self.rules.allowed_addresses(name, &found)
            }
            None => return Err(NotAdmitted::Scheme.into()),
        };
        if addresses.is_empty() {
            return Err(NotAdmitted::Private.into());
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let connecting = async { race(&addresses, port).await.map_err(Error::unreachable) };
        run_until(deadline, TimedOut::Connection, connecting).await
    }
}

/// Sets the request target and the `Host` header from `url`, and the default headers if they are missing.
///
/// # Errors
/// The URL cannot be written as a request target or a header.
fn prepare(request: Request<Vec<u8>>, url: &Url) -> Result<Request<Full<Bytes>>, Error> {
    let (mut parts, body) = request.into_parts();
    let target = &url[Position::BeforePath..Position::AfterQuery];
    parts.uri = target.parse().map_err(Error::unreachable)?;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let host = HeaderValue::from_str(host).map_err(Error::unreachable)?;
    parts.headers.insert(HOST, host);
    let headers = [(USER_AGENT, USER_AGENT_VALUE), (ACCEPT, "application/json")];
    for (name, value) in headers {
        parts
            .headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    Ok(Request::from_parts(parts, Full::from(body)))
}

/// Runs `work` until `deadline`.
///
/// # Errors
/// The error of `work`, or [`Error::TimedOut`] with `step` after the deadline.
async fn run_until<T>(
    deadline: Instant,
    step: TimedOut,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout_at(deadline, work).await {
        Ok(result) => result,
        Err(_) => Err(Error::TimedOut(step)),
    }
}

#[cfg(test)]
mod tests;

//! Asking somebody else's server, by an address that came from a configuration or from a document
//! of theirs: the one way in which the service does so.
//!
//! Over https, or over http on this machine where we are on this machine ourselves. No redirect is
//! followed, no proxy used, and whatever a name resolves to is judged before anybody connects to it,
//! so that neither a document nor a name server leads into a private network (RFC 8725 §3.10). All of
//! it within one time, and within a size that is counted, not believed.

mod error;
mod exchange;
mod resolve;

use std::time::Duration;

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
use self::exchange::exchange;
use crate::{
    connect::{Resolver, Tls, Trust, race},
    network::is_public,
};

/// The longest answer, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

const AGENT: &str = concat!("signet/", env!("CARGO_PKG_VERSION"));

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkAccess {
    /// Whoever is on the internet, over https.
    Public,
    /// And whoever is on this machine, over http too: for a service that is there alone as well.
    Loopback,
}

/// Asks other servers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    resolver: Resolver,
    tls: Tls,
    reach: NetworkAccess,
    timeout: Duration,
}

impl Fetcher {
    /// Asks within that reach, and waits for `timeout` in all, from the look-up of the name to the last
    /// byte of the answer.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(reach: NetworkAccess, timeout: Duration, resolver: Resolver) -> Result<Self, Error> {
        let tls = Tls::new(Trust::Machine, &["http/1.1"]);
        Ok(Self {
            resolver,
            tls: tls.map_err(|error| Error::Tls(error.into()))?,
            reach,
            timeout,
        })
    }

    /// The same for another server, whose name server keeps nobody else waiting: names are looked up on
    /// threads of its own.
    #[must_use]
    pub fn separate(&self) -> Self {
        Self {
            resolver: self.resolver.separate(),
            ..self.clone()
        }
    }

    /// Whether an address may be asked at all, as far as can be told before its name is resolved.
    pub fn admits(&self, url: &Url) -> Result<(), NotAdmitted> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotAdmitted::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(NotAdmitted::Fragment);
        }
        let address = match url.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            Some(Host::Domain(_)) => None,
            None => return Err(NotAdmitted::Scheme),
        };
        let is_loopback = match url.host() {
            Some(Host::Domain(name)) => resolve::is_localhost(name),
            _ => address.is_some_and(resolve::is_loopback),
        };
        let loopback_too = self.reach == NetworkAccess::Loopback;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback && loopback_too => {}
            _ => return Err(NotAdmitted::Scheme),
        }
        if is_loopback && !loopback_too {
            return Err(NotAdmitted::Private);
        }
        match address {
            Some(address) if !is_loopback && !is_public(address) => Err(NotAdmitted::Private),
            _ => Ok(()),
        }
    }

    /// Asks for what is at that address.
    pub async fn get(&self, url: &Url) -> Result<Response<Vec<u8>>, Error> {
        let request = Request::new(Vec::new());
        Box::pin(self.ask(request, url.clone())).await
    }

    /// Asks. Whatever is answered is an answer, but for a redirect.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        // Read as it will be asked: another spelling of an address is its usual one afterwards.
        let url = Url::parse(&request.uri().to_string()).map_err(|_| NotAdmitted::Scheme)?;
        Box::pin(self.ask(request, url)).await
    }

    async fn ask(&self, request: Request<Vec<u8>>, url: Url) -> Result<Response<Vec<u8>>, Error> {
        self.admits(&url)?;
        let request = prepared(request, &url)?;
        let deadline = Instant::now() + self.timeout;
        let stream = self.connect(&url, deadline).await?;
        if url.scheme() != "https" {
            return within(deadline, TimedOut::Answer, exchange(stream, request)).await;
        }
        let host = url.host_str().unwrap_or_default();
        let secured = self.tls.connect(host.trim_matches(['[', ']']), stream);
        let secured = async { Ok(secured.await?) };
        let stream = within(deadline, TimedOut::Handshake, secured).await?;
        within(deadline, TimedOut::Answer, exchange(stream, request)).await
    }

    /// Connects to one of the addresses of the URL's host. None is tried that is out of reach.
    async fn connect(&self, url: &Url, deadline: Instant) -> Result<TcpStream, Error> {
        let addresses = match url.host() {
            // Judged by `admits`.
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            Some(Host::Domain(name)) => {
                let found = async { Ok(self.resolver.addresses(name).await?) };
                let found = within(deadline, TimedOut::Name, found).await?;
                resolve::admitted(self.reach, name, &found)
            }
            None => return Err(NotAdmitted::Scheme.into()),
        };
        if addresses.is_empty() {
            return Err(NotAdmitted::Private.into());
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let connected = async { race(&addresses, port).await.map_err(Error::unreachable) };
        within(deadline, TimedOut::Connection, connected).await
    }
}

/// The request as it is sent to the host of the URL, with the path and the query of the URL.
fn prepared(request: Request<Vec<u8>>, url: &Url) -> Result<Request<Full<Bytes>>, Error> {
    let (mut parts, body) = request.into_parts();
    let target = &url[Position::BeforePath..Position::AfterQuery];
    parts.uri = target.parse().map_err(Error::unreachable)?;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let host = HeaderValue::from_str(host).map_err(Error::unreachable)?;
    parts.headers.insert(HOST, host);
    let headers = [(USER_AGENT, AGENT), (ACCEPT, "application/json")];
    for (name, value) in headers {
        parts
            .headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    Ok(Request::from_parts(parts, Full::from(body)))
}

/// Runs the work until the deadline.
async fn within<T>(
    deadline: Instant,
    step: TimedOut,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match timeout_at(deadline, work).await {
        Ok(done) => done,
        Err(_) => Err(Error::TimedOut(step)),
    }
}

#[cfg(test)]
mod tests;

//! Asking somebody else's server, by an address that came from a configuration or from a document
//! of theirs: the one way in which the service does so.
//!
//! Over https, or over http on this machine where we are on this machine ourselves. No redirect is
//! followed, no proxy used, and whatever a name resolves to is judged before anybody connects to it,
//! so that neither a document nor a name server leads into a private network (RFC 8725 §3.10). All of
//! it within one time, and within a size that is counted, not believed.

mod error;
mod resolve;

use std::{sync::Arc, time::Duration};

use http::{Request, Response, header::ACCEPT};
use reqwest::{Client, dns::Resolve, header::HeaderValue, redirect};
use url::{Host, Url};

pub use self::error::{Error, NotAdmitted};
use self::resolve::{Guarded, System};
use crate::network::is_public;

/// The longest answer, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

const USER_AGENT: &str = concat!("signet/", env!("CARGO_PKG_VERSION"));

/// Who may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Whoever is on the internet, over https.
    Public,
    /// And whoever is on this machine, over http too: for a service that is there alone as well.
    Loopback,
}

/// Asks other servers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Fetcher {
    http: Client,
    reach: Reach,
}

impl Fetcher {
    /// Who asks within that reach, and waits so long for an answer, from the name to its last byte.
    ///
    /// # Errors
    /// TLS cannot be set up: there are no certificates to believe in, for example.
    pub fn new(reach: Reach, timeout: Duration) -> Result<Self, Error> {
        Self::resolving(reach, timeout, Guarded::by(System, reach))
    }

    fn resolving(
        reach: Reach,
        timeout: Duration,
        resolver: impl Resolve + 'static,
    ) -> Result<Self, Error> {
        let http = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(resolver))
            .timeout(timeout)
            // A kept connection would only grow stale, and its address be judged no more.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| Error::Tls(error.into()))?;
        Ok(Self { http, reach })
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
        let loopback_too = self.reach == Reach::Loopback;
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
        self.ask(request, url.clone()).await
    }

    /// Asks. Whatever is answered is an answer, but for a redirect.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Error> {
        // Read as it will be asked: another spelling of an address is its usual one afterwards.
        let url = Url::parse(&request.uri().to_string()).map_err(|_| NotAdmitted::Scheme)?;
        self.ask(request, url).await
    }

    async fn ask(&self, request: Request<Vec<u8>>, url: Url) -> Result<Response<Vec<u8>>, Error> {
        self.admits(&url)?;
        let (mut parts, body) = request.into_parts();
        let accept = HeaderValue::from_static("application/json");
        parts.headers.entry(ACCEPT).or_insert(accept);
        let asked = self
            .http
            .request(parts.method, url)
            .headers(parts.headers)
            .body(body);
        let mut answer = asked.send().await.map_err(Error::of)?;

        if answer.status().is_redirection() {
            return Err(Error::Redirected);
        }
        let longest = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
        if answer.content_length().is_some_and(|it| it > longest) {
            return Err(Error::TooLong);
        }
        let mut text = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Error::of)? {
            if text.len() + chunk.len() > MAX_BYTES {
                return Err(Error::TooLong);
            }
            text.extend_from_slice(&chunk);
        }
        let mut response = Response::new(text);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

#[cfg(test)]
mod tests;

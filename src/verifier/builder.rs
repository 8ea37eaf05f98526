//! What a verifier must know, checked once.

use std::{fmt, sync::Arc, time::Duration};

use chrono::TimeDelta;
use url::{Host, Url};

use super::{Algorithm, Verifier, VerifierInner, fetch::KeySetSource};
use crate::{cached_fetch::RefreshingCache, client::Typ, clock::Clock};

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Misconfigured(Vec<String>);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "one setting of the verifier is wrong:")?,
            n => write!(f, "{n} settings of the verifier are wrong:")?,
        }
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// A verifier to be. Everything but issuer and audience has a default that is good for most.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    issuer: String,
    audience: String,
    jwks_url: Option<String>,
    algorithms: Vec<Algorithm>,
    types: &'static [Typ],
    leeway: Duration,
    timeout: Duration,
    cooldown: Duration,
    stale_limit: Duration,
    dangerously_http: bool,
    clock: Clock,
}

impl Builder {
    pub(super) fn new(issuer: String, audience: String) -> Self {
        Self {
            issuer,
            audience,
            jwks_url: None,
            algorithms: vec![Algorithm::Es256],
            types: &[Typ::AtJwt],
            leeway: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            cooldown: Duration::from_secs(30),
            stale_limit: Duration::from_hours(24),
            dangerously_http: false,
            clock: Clock::system(),
        }
    }

    /// What tokens may be signed with: the `algorithm` of the client in the issuer's configuration.
    /// By default ES256 and nothing else.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Accepts `typ` = `JWT` beside `at+jwt`: for a client that is configured so, because some other
    /// consumer of its tokens knows no better.
    pub fn accept_typ_jwt(mut self) -> Self {
        self.types = Typ::ALL;
        self
    }

    /// Where the keys are; by default `/.well-known/jwks.json` under the issuer.
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.jwks_url = Some(url.into());
        self
    }

    /// Fetches keys over plain http beyond loopback. Whoever is on the way can then replace them, and
    /// with them every token.
    pub fn dangerously_http(mut self) -> Self {
        self.dangerously_http = true;
        self
    }

    /// How much later than `exp`, or earlier than `iat`, a token is let in, because clocks differ:
    /// by default 30 s, at most 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How long the issuer has to answer: by default 5 s, from 100 ms to 1 min.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The least time between two questions to the issuer: by default 30 s, from 1 s to 1 h. It is
    /// asked when keys are no longer fresh all the same, and every 5 s as long as there are none.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// For how long the last keys are good while the issuer cannot be reached: by default 24 h, from
    /// 1 min to 7 days. A key that was withdrawn may verify for as long, where somebody keeps the
    /// issuer from saying so.
    pub fn stale_limit(mut self, limit: Duration) -> Self {
        self.stale_limit = limit;
        self
    }

    /// Another clock than the machine's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The verifier. Needs no runtime yet, and asks nobody anything.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn build(self) -> Result<Verifier, Misconfigured> {
        let mut faults = Vec::new();
        let jwks_url = self.address(&mut faults);
        if self.audience.is_empty() {
            faults.push("audience: must not be empty".to_owned());
        }
        if self.algorithms.is_empty() {
            faults.push("algorithms: must have at least one".to_owned());
        }
        let mut within = |setting: &str, value: Duration, least: Duration, most: Duration| {
            if !(least..=most).contains(&value) {
                faults.push(format!("{setting}: must be {least:?} to {most:?}"));
            }
            TimeDelta::from_std(value).unwrap_or_default()
        };
        let seconds = Duration::from_secs;
        let leeway = within("leeway", self.leeway, Duration::ZERO, seconds(60));
        within(
            "timeout",
            self.timeout,
            Duration::from_millis(100),
            seconds(60),
        );
        let cooldown = within("cooldown", self.cooldown, seconds(1), seconds(3600));
        let stale_limit = within(
            "stale_limit",
            self.stale_limit,
            seconds(60),
            seconds(604_800),
        );

        let source =
            jwks_url.map(|url| KeySetSource::new(url, self.algorithms.clone(), self.timeout));
        let source = match source.transpose() {
            Ok(source) => source,
            Err(error) => {
                faults.push(format!("TLS cannot be set up: {error}"));
                None
            }
        };
        match source.filter(|_| faults.is_empty()) {
            Some(source) => Ok(Verifier(Arc::new(VerifierInner {
                issuer: self.issuer,
                audience: self.audience,
                algorithms: self.algorithms,
                types: self.types,
                leeway,
                keys: RefreshingCache::new(source, self.clock.clone(), cooldown, stale_limit),
                clock: self.clock,
            }))),
            None => Err(Misconfigured(faults)),
        }
    }

    /// Where to fetch keys from. The issuer must be an address as well, or it is a mistake.
    fn address(&self, faults: &mut Vec<String>) -> Option<Url> {
        let issuer = http_url(&self.issuer).filter(|_| !self.issuer.ends_with('/'));
        if issuer.is_none() {
            let fault = "issuer: must be a URL such as https://auth.example.com, without a slash \
                         at its end";
            faults.push(fault.to_owned());
        }
        let default = format!("{}/.well-known/jwks.json", self.issuer);
        let (setting, url) = match &self.jwks_url {
            Some(url) => ("jwks_url", url),
            None if issuer.is_some() => ("issuer", &default),
            None => return None,
        };
        let Some(url) = http_url(url) else {
            faults.push(format!("{setting}: must be an http or https URL"));
            return None;
        };
        if url.scheme() != "https" && !is_loopback(&url) && !self.dangerously_http {
            let fault = "must be https beyond loopback (dangerously_http overrides this)";
            faults.push(format!("{setting}: {fault}"));
        }
        Some(url)
    }
}

/// An absolute http or https URL of scheme, host, port and path.
fn http_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    is_plain.then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

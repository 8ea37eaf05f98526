//! Builds a verifier and checks its settings.

use std::{fmt, sync::Arc, time::Duration};

use chrono::TimeDelta;
use url::{Host, Url};

use super::{Algorithm, Verifier, VerifierInner, fetch::KeySetSource};
use crate::{cached_fetch::RefreshingCache, client::Typ, clock::Clock, spent::SpentTokens};

/// All faults of the settings of a verifier.
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

/// Builds a [`Verifier`]. All settings but the issuer and the audience have defaults that suit most
/// services.
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
    base_url: Option<String>,
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
            base_url: None,
            clock: Clock::system(),
        }
    }

    /// Sets the accepted signature algorithms: the `algorithm` of the client in the issuer's configuration.
    /// The default is ES256 only.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Accepts `typ` = `JWT` besides `at+jwt`, for a client that is configured so because another consumer
    /// of its tokens does not accept `at+jwt`.
    pub fn accept_typ_jwt(mut self) -> Self {
        self.types = Typ::ALL;
        self
    }

    /// Sets the URL of the key set. The default is `/.well-known/jwks.json` under the issuer.
    pub fn jwks_url(mut self, url: impl Into<String>) -> Self {
        self.jwks_url = Some(url.into());
        self
    }

    /// Allows plain http beyond loopback. An attacker on the network path can then replace the keys and
    /// forge every token.
    pub fn dangerously_http(mut self) -> Self {
        self.dangerously_http = true;
        self
    }

    /// Sets the tolerated clock difference: a token is accepted this much after `exp`, and this much before
    /// `iat`. The default is 30 s, the maximum 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the time limit of a request to the issuer: 100 ms to 1 min. The default is 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the shortest time between two requests because of unknown keys: 1 s to 1 h. The default is 30
    /// s. Keys that are no longer fresh are refreshed regardless, and without any keys the issuer is
    /// requested every 5 s.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cooldown = cooldown;
        self
    }

    /// Sets the time for which the last keys are used while the issuer cannot be reached: 1 min to 7 days.
    /// The default is 24 h. A withdrawn key may verify for as long if an attacker blocks requests to the
    /// issuer.
    pub fn stale_limit(mut self, limit: Duration) -> Self {
        self.stale_limit = limit;
        self
    }

    /// Sets the URL under which clients reach this service, such as `https://api.example.com`, which the extractors
    /// compare with that of `DPoP` proofs (RFC 9449 §4.3). Without it they accept no tokens that are bound to a key.
    #[cfg(feature = "axum")]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Replaces the system clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Builds the verifier. Needs no runtime, and sends no request.
    ///
    /// # Errors
    /// Returns every fault of the settings.
    pub fn build(self) -> Result<Verifier, Misconfigured> {
        let mut faults = Vec::new();
        let jwks_url = self.key_set_url(&mut faults);
        if self.audience.is_empty() {
            faults.push("audience: must not be empty".to_owned());
        }
        if self.algorithms.is_empty() {
            faults.push("algorithms: must have at least one".to_owned());
        }
        let is_wrong = |url: &String| http_url(url).is_none_or(|_| url.ends_with('/'));
        if self.base_url.as_ref().is_some_and(is_wrong) {
            faults.push("base_url: must be a URL without a slash at its end".to_owned());
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
                #[cfg(feature = "axum")]
                base_url: self.base_url,
                seen: SpentTokens::default(),
                keys: RefreshingCache::new(source, self.clock.clone(), cooldown, stale_limit),
                clock: self.clock,
            }))),
            None => Err(Misconfigured(faults)),
        }
    }

    /// Returns the URL of the key set. The issuer must be a URL too, even if another URL is set for the
    /// keys.
    fn key_set_url(&self, faults: &mut Vec<String>) -> Option<Url> {
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

/// Parses an absolute http or https URL of scheme, host, port and path.
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

//! The URL at which a user continues after a login: a page of a protected application.

use url::Url;

use super::{Policies, Policy};
use crate::{client::RedirectUri, config::Issuer};

/// The route to which a login for a protected application returns, relative to the issuer.
pub const LOGIN_RETURN: &str = "/login/return";

/// The maximum length of a URL, in bytes. It travels in the `state` of an authorization request.
const MAX_BYTES: usize = 1_900;

/// The reason why a policy does not let users return to a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReturnUrl {
    /// The text is not a URL that a browser can open.
    #[error("must be an absolute http or https URL without a user and a password")]
    Form,
    /// The URL is too long.
    #[error("must have at most {MAX_BYTES} bytes")]
    TooLong,
    /// The policy does not list the origin.
    #[error("must be at one of the origins of the policy")]
    Origin(String),
}

impl Policy {
    /// Parses the URL to which a user returns after a login. The result is the URL as a browser requests it, and its
    /// origin equals one of `origins`.
    ///
    /// # Errors
    /// See [`InvalidReturnUrl`].
    pub fn return_url(&self, text: &str) -> Result<Url, InvalidReturnUrl> {
        let url = Url::parse(text).map_err(|_| InvalidReturnUrl::Form)?;
        // The origin of a `blob:` URL is that of the URL within it.
        let is_web = matches!(url.scheme(), "http" | "https");
        if !is_web || !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidReturnUrl::Form);
        }
        let origin = url.origin().ascii_serialization();
        if !self.origins.iter().any(|it| it.as_str() == origin) {
            return Err(InvalidReturnUrl::Origin(origin));
        }
        if url.as_str().len() > MAX_BYTES {
            return Err(InvalidReturnUrl::TooLong);
        }
        Ok(url)
    }
}

impl Policies {
    /// Splits the `state` of an authorization request for a protected application: the name of the policy, and the
    /// return URL.
    pub fn split_state(state: &str) -> (&str, Option<&str>) {
        match state.split_once(' ') {
            Some((policy, url)) => (policy, Some(url)),
            None => (state, None),
        }
    }

    /// Returns the host to which a user returns after a login with this `state`, if the policy allows it.
    pub fn host_of_state(&self, state: &str) -> Option<String> {
        let (policy, url) = Self::split_state(state);
        let url = self.get(policy)?.return_url(url?).ok()?;
        url.host_str().map(str::to_owned)
    }
}

/// The redirect URI of logins for protected applications. `None` if an issuer cannot have cookies.
pub(in crate::config) fn login_return_uri(issuer: &Issuer) -> Option<RedirectUri> {
    let uri = RedirectUri::parse(&issuer.endpoint(LOGIN_RETURN)).ok();
    uri.map(RedirectUri::with_exact_port)
}

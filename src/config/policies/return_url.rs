//! The URL at which a user continues after a login: a page of a protected application.

use url::Url;

use super::Policy;
use crate::{client::RedirectUri, config::Issuer};

/// The route to which a login for a protected application returns, relative to the issuer.
pub const LOGIN_RETURN: &str = "/login/return";

/// The longest URL, in bytes. It travels in the `state` of an authorization request.
const LONGEST: usize = 1_900;

/// The URL is not one to which the policy lets users return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a URL of at most 1900 characters at one of the origins of the policy")]
pub struct InvalidReturnUrl;

impl Policy {
    /// Parses the URL to which a user returns after a login. The result is the URL as a browser requests it, and its
    /// origin equals one of `origins`.
    ///
    /// # Errors
    /// The text is no absolute http or https URL, is too long, has a user or a password, or has another origin.
    pub fn return_url(&self, text: &str) -> Result<Url, InvalidReturnUrl> {
        let url = Url::parse(text).map_err(|_| InvalidReturnUrl)?;
        let origin = url.origin().ascii_serialization();
        // The origin of a `blob:` URL is that of the URL within it.
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_plain = is_web && url.username().is_empty() && url.password().is_none();
        let is_listed = self.origins.iter().any(|it| it.as_str() == origin);
        if is_plain && is_listed && url.as_str().len() <= LONGEST {
            Ok(url)
        } else {
            Err(InvalidReturnUrl)
        }
    }
}

/// The redirect URI of logins for protected applications. `None` if an issuer cannot have cookies.
pub(in crate::config) fn login_return_uri(issuer: &Issuer) -> Option<RedirectUri> {
    let uri = RedirectUri::parse(&issuer.endpoint(LOGIN_RETURN)).ok();
    uri.map(RedirectUri::with_exact_port)
}

//! The names of the cookies.

use crate::config::Issuer;

/// The names of the cookies of this service, and whether they are `Secure`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CookieNames {
    /// The cookie of the access token.
    pub(crate) access: String,
    /// The cookie of the refresh token.
    pub(crate) refresh: String,
    /// The cookie with the refresh token of a login or epoch that replaced another one. Late responses may
    /// overwrite `refresh` with a token that was minted before.
    pub(crate) renewed: String,
    /// The cookie of the logins that were ended in this browser.
    pub(crate) ended: String,
    /// The cookie that binds pending logins to this browser.
    pub(crate) login: String,
    /// The cookie of the session at the issuer (single sign-on).
    pub(crate) sso: String,
    pub(crate) are_secure: bool,
    /// The domain whose hosts share the first four cookies.
    pub(crate) domain: Option<String>,
}

impl CookieNames {
    /// Returns the names for an issuer.
    ///
    /// With the prefix `__Host-`, browsers accept a cookie only from this exact host over https (RFC 6265bis
    /// §4.1.3). An http loopback issuer cannot use the prefix. There the names contain the port instead, because
    /// cookies are shared across the ports of a host. Cookies with a domain have the prefix `__Secure-` (§4.1.3.1): any
    /// host of the domain can set them.
    pub(crate) fn of(issuer: &Issuer) -> Self {
        let prefix = if issuer.is_https() {
            "__Host-signet".to_owned()
        } else {
            format!("signet-{}", issuer.port())
        };
        let domain = issuer.cookie_domain().map(str::to_owned);
        let shared = match domain {
            Some(_) => "__Secure-signet",
            None => &prefix,
        };
        Self {
            access: format!("{shared}-access"),
            refresh: format!("{shared}-refresh"),
            renewed: format!("{shared}-renewed"),
            ended: format!("{shared}-out"),
            login: format!("{prefix}-login"),
            sso: format!("{prefix}-sso"),
            are_secure: issuer.is_https(),
            domain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_host_prefix_or_the_port() {
        let names = |issuer| CookieNames::of(&Issuer::parse(issuer).unwrap());
        let host = names("https://auth.example.com:8443/tenant");
        assert_eq!(host.access, "__Host-signet-access");
        assert!(host.are_secure);
        assert_eq!(
            names("http://127.0.0.1:8080").refresh,
            "signet-8080-refresh"
        );
        assert_eq!(names("http://[::1]/a").ended, "signet-80-out");
        assert!(!names("http://localhost").are_secure);
    }
}

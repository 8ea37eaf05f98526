//! What the cookies are called.

use crate::config::Issuer;

/// The names of our cookies, and whether they travel over https alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CookieNames {
    /// The access token.
    pub(crate) access: String,
    /// The refresh token.
    pub(crate) refresh: String,
    /// The refresh token of the login or the epoch that took the place of another one: what is in
    /// `refresh` may be overwritten by answers that were minted before.
    pub(crate) renewed: String,
    /// The logins that were ended in this browser.
    pub(crate) out: String,
    /// What binds logins under way to this browser.
    pub(crate) login: String,
    pub(crate) are_secure: bool,
}

impl CookieNames {
    /// The prefix `__Host-` makes browsers refuse a cookie of that name from anybody but this very
    /// host over https (RFC 6265bis §4.1.3). An http loopback issuer cannot have it; there, where
    /// hosts share cookies across ports, the port tells services apart.
    pub(crate) fn of(issuer: &Issuer) -> Self {
        let prefix = if issuer.is_https() {
            "__Host-signet".to_owned()
        } else {
            format!("signet-{}", issuer.port())
        };
        Self {
            access: format!("{prefix}-access"),
            refresh: format!("{prefix}-refresh"),
            renewed: format!("{prefix}-renewed"),
            out: format!("{prefix}-out"),
            login: format!("{prefix}-login"),
            are_secure: issuer.is_https(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_host_or_of_the_port() {
        let names = |issuer| CookieNames::of(&Issuer::parse(issuer).unwrap());
        let host = names("https://auth.example.com:8443/tenant");
        assert_eq!(host.access, "__Host-signet-access");
        assert!(host.are_secure);
        assert_eq!(
            names("http://127.0.0.1:8080").refresh,
            "signet-8080-refresh"
        );
        assert_eq!(names("http://[::1]/a").out, "signet-80-out");
        assert!(!names("http://localhost").are_secure);
    }
}

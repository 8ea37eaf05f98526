//! The cookies that a request carries (RFC 6265 §5.4).

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header::COOKIE, request::Parts},
};

use super::{CookieNames, EndedLogins, pairs::pairs};
use crate::{
    config::Issuer,
    http::problem::{Code, Problem},
    oauth::BrowserCookies,
    session::PresentedTokens,
};

/// The unparsed `Cookie` headers of a request, which can be parsed later.
pub(crate) struct CookieHeaders(Vec<HeaderValue>);

impl CookieHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(COOKIE).iter().cloned().collect())
    }

    /// Parses the session cookies, as [`SessionCookies::read`] does.
    pub(crate) fn read(&self, issuer: &Issuer) -> Result<SessionCookies, Problem> {
        SessionCookies::of(&self.0, issuer)
    }

    /// Returns the secret of the login cookie, unless the cookie is missing or occurs twice.
    pub(crate) fn login(&self, issuer: &Issuer) -> Option<String> {
        self.only(&CookieNames::of(issuer).login)
    }

    /// Returns the sealed session at the issuer, unless the cookie is missing or occurs twice.
    pub(crate) fn sso(&self, issuer: &Issuer) -> Option<String> {
        self.only(&CookieNames::of(issuer).sso)
    }

    /// Returns the value of the cookie of this name, unless it is missing or occurs twice.
    pub(super) fn only(&self, name: &str) -> Option<String> {
        match <[String; 1]>::try_from(self.all(name)) {
            Ok([value]) => Some(value),
            Err(_) => None,
        }
    }

    /// Returns the values of all cookies of this name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let all = self.0.iter().flat_map(|header| pairs(header.as_bytes()));
        let named = all.filter(|(found, _)| *found == name.as_bytes());
        named.map(|(_, value)| text(value)).collect()
    }
}

/// Returns the value of a cookie of Signet. Bytes that Signet never sends are replaced.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

impl<S: Sync> FromRequestParts<S> for CookieHeaders {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// The session cookies of a request. Other cookies are ignored.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionCookies {
    pub(crate) access: Option<String>,
    pub(crate) refresh: Option<String>,
    /// The refresh token of a login or epoch that replaced another one.
    pub(crate) renewed: Option<String>,
    /// The logins that were ended in this browser.
    pub(crate) logged_out: EndedLogins,
}

impl SessionCookies {
    /// Parses the `Cookie` headers.
    ///
    /// # Errors
    /// A session cookie occurs twice, so another host or path has set one of them.
    pub(crate) fn read(headers: &HeaderMap, issuer: &Issuer) -> Result<Self, Problem> {
        Self::of(headers.get_all(COOKIE), issuer)
    }

    fn of<'a>(
        headers: impl IntoIterator<Item = &'a HeaderValue>,
        issuer: &Issuer,
    ) -> Result<Self, Problem> {
        let names = CookieNames::of(issuer);
        let mut presented = Self::default();
        let mut ended = None;
        for value in headers {
            for (name, value) in pairs(value.as_bytes()) {
                let place = match name {
                    name if name == names.access.as_bytes() => &mut presented.access,
                    name if name == names.refresh.as_bytes() => &mut presented.refresh,
                    name if name == names.renewed.as_bytes() => &mut presented.renewed,
                    name if name == names.ended.as_bytes() => &mut ended,
                    _ => continue,
                };
                if place.replace(text(value)).is_some() {
                    return Err(Problem::new(Code::DuplicateCookie));
                }
            }
        }
        presented.logged_out = EndedLogins::read(ended.as_deref().unwrap_or_default());
        Ok(presented)
    }

    /// Returns these cookies together with the sealed session at the issuer, for a logout.
    pub(crate) fn with_session_at_issuer<'a>(&'a self, sso: Option<&'a str>) -> BrowserCookies<'a> {
        let tokens = PresentedTokens {
            refresh: [self.refresh.as_deref(), self.renewed.as_deref()],
            access: self.access.as_deref(),
        };
        let ended = self.logged_out.ids();
        BrowserCookies { tokens, sso, ended }
    }

    /// Returns whether there is no token.
    pub(crate) fn is_empty(&self) -> bool {
        self.access.is_none() && self.refresh.is_none() && self.renewed.is_none()
    }

    /// Returns whether there is a refresh token.
    pub(crate) fn can_refresh(&self) -> bool {
        self.refresh.is_some() || self.renewed.is_some()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(values: &[&[u8]]) -> Result<SessionCookies, Problem> {
        let issuer = Issuer::parse("https://auth.example.com").unwrap();
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(COOKIE, HeaderValue::from_bytes(value).unwrap());
        }
        SessionCookies::read(&headers, &issuer)
    }

    #[test]
    fn session_cookies_are_found_among_others_and_duplicates_are_refused() {
        let found = read(&[
            b"a=b; __Host-signet-access=one; =; \xff; __host-signet-refresh=no",
            b"__Host-signet-out=x.y.; signet-8080-access=no",
        ]);
        let found = found.unwrap();
        assert_eq!(found.access.as_deref(), Some("one"));
        assert_eq!(found.refresh, None);
        assert_eq!(found.logged_out.ids(), ["x", "y"]);

        // Entries that are not login ids are dropped.
        let long = format!("__Host-signet-out=z\u{ff}.{}.y", "x".repeat(65));
        assert_eq!(read(&[long.as_bytes()]).unwrap().logged_out.ids(), ["y"]);

        let twice: &[&[&[u8]]] = &[
            &[b"__Host-signet-access=1; __Host-signet-access=1"],
            &[b"__Host-signet-refresh=1", b"__Host-signet-refresh=2"],
        ];
        for headers in twice {
            assert!(read(headers).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_header_is_parsed_without_panic(header in prop::collection::vec(0x20_u8..=0xff, 0..200)) {
            if HeaderValue::from_bytes(&header).is_ok() {
                let _ = read(&[&header]);
            }
        }

        #[test]
        fn cookies_that_were_set_are_found(
            access in "[A-Za-z0-9._-]{1,64}",
            other in "[a-z]{1,8}=[!#-+--:<-~]{0,20}",
            renewed in "[A-Za-z0-9._-]{1,64}",
            logins in prop::collection::vec("[A-Za-z0-9_-]{1,22}", 0..8),
        ) {
            let ended = logins.join(".");
            let other = format!("{other}; __Host-signet-renewed={renewed}");
            let header = format!("{other}; __Host-signet-access={access}; __Host-signet-out={ended}");
            let found = read(&[header.as_bytes()]).unwrap();
            prop_assert_eq!(found.access.as_deref(), Some(access.as_str()));
            prop_assert_eq!(found.renewed.as_deref(), Some(renewed.as_str()));
            prop_assert_eq!(found.logged_out.ids(), logins);
        }
    }
}

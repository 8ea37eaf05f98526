//! The web page that sends a request. Browsers attach cookies to requests of any page, so a request that
//! uses cookies has to come from an allowed origin.

use axum::http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, header::ORIGIN, request::Parts,
};

use crate::{
    client::{Client, TokenTransport},
    config::Issuer,
    http::{
        extract::media_type::{is_absent, is_json},
        origin_log::RequestOriginLog,
        problem::{Code, Problem},
    },
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origin of a request, by the headers that no page can set itself (Fetch §3.2, Fetch Metadata §2.1).
pub(crate) struct RequestOrigin {
    /// The `Origin` header, if there is exactly one.
    origin: Option<HeaderValue>,
    has_origin: bool,
    is_same_origin: bool,
    may_be_foreign: bool,
    log: RequestOriginLog,
}

impl RequestOrigin {
    /// Reads the origin of a request with these headers.
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = match (origins.next(), origins.next()) {
            (Some(origin), None) => Some(origin.clone()),
            _ => None,
        };
        let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
        let site = match (sites.next(), sites.next()) {
            (Some(site), None) => site.as_bytes(),
            _ => b"",
        };
        Self {
            origin,
            has_origin: headers.contains_key(ORIGIN),
            is_same_origin: site == b"same-origin",
            // A request without the header may be foreign.
            may_be_foreign: ![&b"same-origin"[..], b"same-site", b"none"].contains(&site),
            log: RequestOriginLog::new(extensions),
        }
    }

    /// Returns whether a page of the issuer sends the request.
    pub(crate) fn is_own(&self) -> bool {
        self.is_same_origin
    }

    /// Returns whether another site may have caused the request, and not the user.
    pub(crate) fn is_foreign(&self) -> bool {
        self.may_be_foreign
    }

    /// Returns whether a page of the issuer sends the request. Records nothing: a request of another origin may be allowed.
    pub(crate) fn is_form_of(&self, issuer: &Issuer) -> bool {
        match &self.origin {
            Some(origin) => origin == issuer.origin(),
            None => !self.has_origin && self.is_same_origin,
        }
    }

    /// Checks that a page of the issuer posts a form, and records a refusal.
    ///
    /// # Errors
    /// `foreign_origin`: another page does, or the headers do not state the origin.
    pub(crate) fn check_same_origin(&self, issuer: &Issuer) -> Result<(), Problem> {
        if self.is_form_of(issuer) {
            Ok(())
        } else {
            self.log.refused(self.origin.as_ref());
            let problem = Problem::new(Code::ForeignOrigin);
            Err(problem.title("Forms are accepted only from pages of this service."))
        }
    }

    /// Checks that a page of the client or of the issuer sends the request. Requests for clients with bearer
    /// transport may come from anywhere: no browser attaches their tokens by itself.
    ///
    /// # Errors
    /// `foreign_origin`: another page sends the request, or the headers do not state the origin.
    pub(crate) fn check_allowed(&self, client: &Client, issuer: &Issuer) -> Result<(), Problem> {
        let is_allowed = if self.has_origin {
            let is = |allowed: &str| self.origin.as_ref().is_some_and(|it| it == allowed);
            is(issuer.origin()) || client.origins.iter().any(|origin| is(origin.as_str()))
        } else {
            self.is_same_origin
        };
        if client.transport == TokenTransport::Bearer || is_allowed {
            Ok(())
        } else {
            self.log.refused(self.origin.as_ref());
            Err(Problem::new(Code::ForeignOrigin))
        }
    }
}

/// Checks that a request may use cookies: it is safe (RFC 9110 §9.2.1), or JSON from a page of the client.
///
/// # Errors
/// `foreign_origin` or `unsupported_media_type`.
pub(crate) fn may_use_cookies(
    parts: &Parts,
    client: &Client,
    issuer: &Issuer,
) -> Result<(), Problem> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) {
        return Ok(());
    }
    RequestOrigin::of(&parts.headers, &parts.extensions).check_allowed(client, issuer)?;
    if is_absent(&parts.extensions) || is_json(&parts.headers) {
        Ok(())
    } else {
        Err(Problem::unsupported_media_type())
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::config::{Config, FlagSettings, SettingSources};

    const APP: &str = "https://app.example.com";
    const ISSUER: &str = "https://auth.example.com";

    fn config() -> Config {
        let text = format!(
            "issuer = '{ISSUER}/tenant'\n[[clients]]\nclient_id = 'web'\n\
             transport = 'cookie'\norigins = ['{APP}']"
        );
        let sources = SettingSources::new(("", &text), [], FlagSettings::default()).unwrap();
        Config::load(sources).unwrap()
    }

    #[test]
    fn only_exact_allowed_origins_are_admitted() {
        let config = config();
        let client = config.clients.with_cookies().unwrap();
        let spelt = "(https://(app|auth)\\.example\\.com|null|https?://)[.:/a-z0-9]{0,6}|.{0,30}";
        let one = spelt.prop_map(String::into_bytes);
        let one = one
            .boxed()
            .prop_union(prop::collection::vec(0x20_u8..=0xff, 0..12).boxed());
        let site = prop::sample::select(vec!["same-origin", "same-site", "none", "same-origin "]);
        let sites = prop::collection::vec(site, 0..3);
        proptest!(|(origins in prop::collection::vec(one, 0..3), sites in sites)| {
            let mut headers = HeaderMap::new();
            for origin in origins.iter().filter_map(|it| HeaderValue::from_bytes(it).ok()) {
                headers.append(ORIGIN, origin);
            }
            for site in &sites {
                headers.append(SEC_FETCH_SITE, HeaderValue::from_static(site));
            }
            let given: Vec<_> = headers.get_all(ORIGIN).iter().collect();
            let expected = match given[..] {
                [] => sites == ["same-origin"],
                [one] => one == APP || one == ISSUER,
                _ => false,
            };
            let admitted = RequestOrigin::of(&headers, &Extensions::new()).check_allowed(client, &config.issuer);
            prop_assert_eq!(admitted.is_ok(), expected, "{:?}", headers);
        });
    }
}

//! The web page that a request comes from. Cookies come along unasked, so whoever would use them
//! has to show that it is a page of ours that asks.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{
        Extensions, HeaderMap, HeaderName, HeaderValue, Method, header::ORIGIN, request::Parts,
    },
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

/// Which site asks, by the headers that no page can write itself (Fetch §3.2, Fetch Metadata §2.1).
pub(crate) struct RequestOrigin {
    /// `Origin`, where there is exactly one.
    origin: Option<HeaderValue>,
    has_origin: bool,
    is_same_origin: bool,
    may_be_foreign: bool,
    log: RequestOriginLog,
}

impl RequestOrigin {
    /// The site that sent a request with these headers.
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
            // What does not say so may be.
            may_be_foreign: ![&b"same-origin"[..], b"same-site", b"none"].contains(&site),
            log: RequestOriginLog::new(extensions),
        }
    }

    /// Whether a page of ours asks.
    pub(crate) fn is_own(&self) -> bool {
        self.is_same_origin
    }

    /// Whether another site may have sent the person, and not the person themselves.
    pub(crate) fn is_foreign(&self) -> bool {
        self.may_be_foreign
    }

    /// Whether a page of the issuer's own posts a form.
    ///
    /// # Errors
    /// Another page does, or it cannot be told which.
    pub(crate) fn check_same_origin(&self, issuer: &Issuer) -> Result<(), Problem> {
        let is_own = match &self.origin {
            Some(origin) => origin == issuer.origin(),
            None => !self.has_origin && self.is_same_origin,
        };
        if is_own {
            Ok(())
        } else {
            self.log.refused(self.origin.as_ref());
            let problem = Problem::new(Code::ForeignOrigin);
            Err(problem.title("Forms are accepted only from pages of this service."))
        }
    }

    /// Whether a page of that client asks, or one of the issuer's own. Everybody may ask for
    /// clients without cookies: they show tokens that no browser adds by itself.
    ///
    /// # Errors
    /// Another page asks, or it cannot be told which.
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

impl<S: Sync> FromRequestParts<S> for RequestOrigin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &parts.extensions))
    }
}

/// Whether a request may be answered by cookies: one that changes nothing, or one in JSON from a
/// page of that client.
///
/// # Errors
/// What is wrong with it.
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
    fn one_origin_of_ours_is_admitted_and_nothing_that_looks_like_one() {
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

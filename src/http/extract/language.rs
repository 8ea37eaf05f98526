//! The language of a response.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header::ACCEPT_LANGUAGE, request::Parts},
};
use url::form_urlencoded;

use crate::locale::{Locale, Localizer, Translations};

/// The parameter that requests a language (OpenID Connect Core §3.1.2.1).
const UI_LOCALES: &str = "ui_locales";

/// The language that the query requests, else the browser, else English. Values that cannot be read are
/// ignored: no page fails for them.
#[derive(Clone)]
pub(crate) struct Language {
    /// The texts in this language.
    pub(crate) localizer: Localizer,
    /// The language that the query requests.
    requested: Option<Locale>,
}

impl Language {
    /// Returns the language of a request with this query and these headers.
    pub(crate) fn of(query: &str, headers: &HeaderMap, translations: &Translations) -> Self {
        let requested =
            form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == UI_LOCALES);
        let requested = requested.and_then(|(_, tags)| Locale::preferred(&tags));
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        let locale = requested.or_else(|| Locale::accepted(&lines.join(",")));
        Self {
            localizer: translations.of(locale.unwrap_or_default()),
            requested,
        }
    }

    /// The query parameter that keeps the requested language in links to other pages.
    pub(crate) fn kept(&self) -> Option<(&'static str, &'static str)> {
        self.requested.map(|locale| (UI_LOCALES, locale.tag()))
    }
}

impl<S: Sync> FromRequestParts<S> for Language
where
    Translations: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self::of(
            query,
            &parts.headers,
            &Translations::from_ref(state),
        ))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn language(query: &str, accepted: &[&str]) -> Language {
        let lines = accepted
            .iter()
            .map(|line| HeaderValue::from_bytes(line.as_bytes()));
        let lines = lines.map(|line| (ACCEPT_LANGUAGE, line.unwrap()));
        Language::of(query, &lines.collect(), &Translations::built_in())
    }

    #[test]
    fn query_precedes_browser_and_english_is_the_default() {
        for (query, accepted, locale) in [
            ("", &[][..], Locale::English),
            ("", &["de-AT,de;q=0.9"], Locale::German),
            ("", &["fr", "es;q=0.3"], Locale::Spanish),
            ("", &["\u{fe}", "zh"], Locale::Chinese),
            ("ui_locales=es", &["de"], Locale::Spanish),
            ("a=b&ui_locales=fr+zh-CN", &["de"], Locale::Chinese),
            ("ui_locales=%ff&ui_locales=es", &["de"], Locale::German),
            ("ui_locales=fr", &["fr"], Locale::English),
        ] {
            let language = language(query, accepted).localizer.locale();
            assert_eq!(language, locale, "{query} {accepted:?}");
        }
    }

    #[test]
    fn links_keep_only_the_language_of_the_query() {
        let kept = |query| language(query, &["de"]).kept();
        assert_eq!(
            kept("ui_locales=fr%20es-MX%20en"),
            Some(("ui_locales", "es"))
        );
        assert_eq!(kept("ui_locales=fr"), None);
        assert_eq!(kept(""), None);
    }
}

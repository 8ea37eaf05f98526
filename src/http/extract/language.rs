//! The language in which somebody is answered.

use std::convert::Infallible;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header::ACCEPT_LANGUAGE, request::Parts},
};
use url::form_urlencoded;

use crate::locale::{Locale, Localizer, Translations};

/// What a link may say of it (OpenID Connect Core §3.1.2.1).
const UI_LOCALES: &str = "ui_locales";

/// The language that the link asks for, else the browser, else English. What cannot be read is
/// passed over: no page fails for it.
#[derive(Clone)]
pub(crate) struct Language {
    /// What is said in it.
    pub(crate) localizer: Localizer,
    /// What the link asks for.
    asked: Option<Locale>,
}

impl Language {
    fn of(query: &str, headers: &HeaderMap, translations: &Translations) -> Self {
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == UI_LOCALES);
        let asked = asked.and_then(|(_, wishes)| Locale::preferred(&wishes));
        let lines = headers.get_all(ACCEPT_LANGUAGE).iter();
        let lines: Vec<_> = lines.filter_map(|line| line.to_str().ok()).collect();
        let locale = asked.or_else(|| Locale::accepted(&lines.join(",")));
        Self {
            localizer: translations.of(locale.unwrap_or_default()),
            asked,
        }
    }

    /// What a link from this page to another of ours says, so that the language stays.
    pub(crate) fn kept(&self) -> Option<(&'static str, &'static str)> {
        self.asked.map(|locale| (UI_LOCALES, locale.tag()))
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
    fn the_link_is_heard_before_the_browser_and_english_is_for_the_rest() {
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
    fn a_link_keeps_what_a_link_has_asked_for_and_nothing_else() {
        let kept = |query| language(query, &["de"]).kept();
        assert_eq!(
            kept("ui_locales=fr%20es-MX%20en"),
            Some(("ui_locales", "es"))
        );
        assert_eq!(kept("ui_locales=fr"), None);
        assert_eq!(kept(""), None);
    }
}

//! Navigations: requests by which a browser opens a page, and which are answered by a page.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, Method, Uri,
        header::{ACCEPT, AUTHORIZATION},
    },
};

use crate::{
    http::extract::Language,
    locale::{MAX_WEIGHT, Translations, weight as weight_of},
};

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The URI, the method and the language of a request that asks for a page.
pub(crate) struct Navigation {
    pub(crate) uri: Uri,
    /// `true` if the method is safe (RFC 9110 §9.2.1), so that a link can repeat the request.
    pub(crate) is_safe: bool,
    pub(crate) language: Language,
}

impl Navigation {
    /// Returns the navigation, or `None` if the request does not ask for a page.
    pub(crate) fn of(request: &Request, translations: &Translations) -> Option<Self> {
        let (uri, headers) = (request.uri(), request.headers());
        asks_for_page(request.method(), headers).then(|| Self {
            uri: uri.clone(),
            is_safe: request.method().is_safe(),
            language: Language::of(uri.query().unwrap_or_default(), headers, translations),
        })
    }
}

/// Returns whether a request asks for a page: it prefers HTML, and a browser sends it to open a page. Clients of
/// the API also send `Accept: text/html`, by the defaults of their libraries, so scripts (`Sec-Fetch-Mode`),
/// requests with `Authorization`, and POST requests without `Sec-Fetch-Mode` do not count.
pub(crate) fn asks_for_page(method: &Method, headers: &HeaderMap) -> bool {
    let is_navigation = match headers.get(SEC_FETCH_MODE) {
        Some(mode) => mode == "navigate" && [Method::GET, Method::POST].contains(method),
        None => *method == Method::GET,
    };
    is_navigation && !headers.contains_key(AUTHORIZATION) && prefers_html(headers)
}

/// Returns whether `Accept` (RFC 9110 §12.5.1) names HTML, and no JSON with the same or a higher weight.
fn prefers_html(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    let (mut html, mut json) = (0, 0);
    for range in lines.flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find(|part| part.starts_with(['q', 'Q']));
        let weight = weight
            .map_or(Some(MAX_WEIGHT), weight_of)
            .unwrap_or_default();
        if media_type == "text/html" {
            html = html.max(weight);
        } else if media_type.ends_with("/json") || media_type.ends_with("+json") {
            json = json.max(weight);
        }
    }
    html > json
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const BROWSER: &str =
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

    fn asks(method: &str, headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| {
            let name = HeaderName::from_static(name);
            (name, HeaderValue::from_static(value))
        });
        asks_for_page(&method.parse().unwrap(), &headers.collect())
    }

    #[test]
    fn only_browsers_that_open_a_page_ask_for_a_page() {
        assert!(asks("GET", &[("accept", BROWSER)]));
        assert!(asks(
            "GET",
            &[("accept", "text/html;q=0.9, application/json;q=0.8")]
        ));
        for method in ["GET", "POST"] {
            let navigation = [("accept", BROWSER), ("sec-fetch-mode", "navigate")];
            assert!(asks(method, &navigation), "{method}");
            for mode in ["cors", "same-origin", "no-cors"] {
                assert!(!asks(
                    method,
                    &[("accept", BROWSER), ("sec-fetch-mode", mode)]
                ));
            }
        }
        // The default of `HttpURLConnection` in Java.
        let java = (
            "accept",
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        );
        assert!(!asks("POST", &[java]));
        assert!(!asks("GET", &[java, ("authorization", "Bearer x")]));
        for accept in [
            "",
            "*/*",
            "application/json",
            "application/json, text/plain, */*",
            "text/html, application/problem+json",
            "text/html;q=0",
            "text/html;q=inf",
            "text/html, application/json;Q=1",
            "text/html;q=0.5, application/json",
        ] {
            assert!(!asks("GET", &[("accept", accept)]), "{accept}");
        }
        assert!(!asks("GET", &[]));
        assert!(!asks(
            "PUT",
            &[("accept", BROWSER), ("sec-fetch-mode", "navigate")]
        ));
    }
}

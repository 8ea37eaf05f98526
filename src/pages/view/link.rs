//! Where a link or a form leads.

use std::fmt;

use url::{Url, form_urlencoded::Serializer};

use crate::config::Issuer;

/// A URL that a browser may be sent to. Never made of a text that nobody has read as a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link(String);

impl Link {
    /// A route of ours, such as `/login/google`, with these parameters.
    pub(crate) fn own<'a>(
        issuer: &Issuer,
        route: &str,
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let route = issuer.endpoint(route);
        let query = Serializer::new(String::new()).extend_pairs(query).finish();
        Self(if query.is_empty() {
            route
        } else {
            format!("{route}?{query}")
        })
    }

    /// A page of somebody else's: of the web, or of an app that has a scheme of its own, which holds
    /// a dot (RFC 8252 §7.1). None for any other scheme: what browsers run or read is none of those.
    pub(crate) fn to(url: &Url) -> Option<Self> {
        let scheme = url.scheme();
        let is_web = matches!(scheme, "http" | "https") && url.has_host();
        (is_web || scheme.contains('.')).then(|| Self(url.as_str().to_owned()))
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_and_apps_and_run_nothing() {
        let to = |text: &str| Link::to(&Url::parse(text).unwrap()).map(|href| href.to_string());
        for good in [
            "https://app.example.com/cb?a=b#c",
            "http://127.0.0.1:1234/",
            "com.example.app:/cb",
        ] {
            assert_eq!(to(good).as_deref(), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "JavaScript://app.example.com/%0aalert(1)",
            "java\tscript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:x",
            "blob:https://app.example.com/1",
            "file:///etc/passwd",
            "view-source:https://app.example.com",
            "intent://x#Intent;end",
            "app:/cb",
        ] {
            assert_eq!(to(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_route_of_ours_takes_any_parameter_and_stays_ours() {
        let issuer = Issuer::parse("https://auth.example.com/tenant").unwrap();
        let bare = Link::own(&issuer, "/login/google", []);
        assert_eq!(
            bare.to_string(),
            "https://auth.example.com/tenant/login/google"
        );
        let state = "a b&c=d#e\"'<>é";
        let href = Link::own(&issuer, "/login/google", [("state", state)]).to_string();
        let url = Url::parse(&href).unwrap();
        assert_eq!(url.path(), "/tenant/login/google");
        assert_eq!(url.fragment(), None);
        let pairs: Vec<_> = url.query_pairs().collect();
        assert_eq!(pairs, [("state".into(), state.into())]);
    }
}

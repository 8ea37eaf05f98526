//! URLs of links and forms.

use std::fmt;

use serde::Serialize;
use url::{Url, form_urlencoded::Serializer};

use crate::config::Issuer;

/// A URL that a browser may be sent to. Made only from parsed URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Link(String);

impl Link {
    /// A route of this service, such as `/login/google`, with these parameters.
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

    /// A URL elsewhere: of the web, or of an app with a private-use scheme, which contains a dot (RFC 8252
    /// §7.1). Returns `None` for every other scheme, such as `javascript` and `data`, which browsers execute or open.
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
    fn only_links_of_the_web_and_of_apps_are_accepted() {
        let to = |text: &str| Link::to(&Url::parse(text).unwrap()).map(|link| link.to_string());
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
    fn parameters_cannot_change_the_route() {
        let issuer = Issuer::parse("https://auth.example.com/tenant").unwrap();
        let bare = Link::own(&issuer, "/login/google", []);
        assert_eq!(
            bare.to_string(),
            "https://auth.example.com/tenant/login/google"
        );
        let state = "a b&c=d#e\"'<>é";
        let link = Link::own(&issuer, "/login/google", [("state", state)]).to_string();
        let url = Url::parse(&link).unwrap();
        assert_eq!(url.path(), "/tenant/login/google");
        assert_eq!(url.fragment(), None);
        let pairs: Vec<_> = url.query_pairs().collect();
        assert_eq!(pairs, [("state".into(), state.into())]);
    }
}

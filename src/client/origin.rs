//! Origins of web pages (RFC 6454): who may talk to the service from a browser.

use std::fmt;

use url::Url;

/// A text that is not an origin in its one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an origin such as https://app.example.com: scheme, host and port, nothing else")]
pub struct InvalidOrigin;

/// Scheme, host and port, as a browser writes them into `Origin` (RFC 6454 §6.2). Compared whole:
/// never by prefix or suffix, and `null` is nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin.
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let url = Url::parse(text).map_err(|_| InvalidOrigin)?;
        let origin = url.origin().ascii_serialization();
        let is_exact = origin == text && !text.contains('*');
        if matches!(url.scheme(), "http" | "https") && is_exact {
            Ok(Self(origin))
        } else {
            Err(InvalidOrigin)
        }
    }

    /// As a browser writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_origin_has_one_spelling() {
        for good in [
            "https://app.example.com",
            "http://localhost:3000",
            "https://[2001:db8::1]:8443",
        ] {
            assert_eq!(Origin::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "null",
            "*",
            "app.example.com",
            "https://app.example.com/",
            "https://app.example.com:443",
            "https://APP.example.com",
            "https://*.example.com",
            "https://user@app.example.com",
            "https://app.example.com?x",
            "ftp://app.example.com",
            "file:///",
            "https:app.example.com",
            " https://app.example.com",
        ] {
            assert_eq!(Origin::parse(bad), Err(InvalidOrigin), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn an_origin_is_what_a_browser_writes_of_any_page_of_it(
            text in "\\PC{0,40}|https?://[a-zA-Z0-9.\u{e4}\\[\\]-]{1,20}(:[0-9]{1,6})?/?",
        ) {
            if let Ok(origin) = Origin::parse(&text) {
                prop_assert_eq!(origin.as_str(), text.as_str());
                let page = Url::parse(&format!("{origin}/a/page?b#c")).unwrap();
                prop_assert_eq!(page.origin().ascii_serialization(), text);
            }
        }
    }
}

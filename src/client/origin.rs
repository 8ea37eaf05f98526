//! Origins of web pages (RFC 6454) that may send requests from a browser.

use std::fmt;

use url::Url;

/// The text is not a canonical origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an origin such as https://app.example.com: scheme, host and port, nothing else")]
pub struct InvalidOrigin;

/// The scheme, host and port as a browser writes them into `Origin` (RFC 6454 §6.2). Origins are
/// compared as a whole, never by prefix or suffix, and `null` is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin(String);

impl Origin {
    /// Parses an origin.
    ///
    /// # Errors
    /// The text is not an http or https origin in canonical form.
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

    /// Returns the origin as a browser writes it.
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
    fn only_canonical_origins_are_accepted() {
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
        fn an_origin_equals_the_origin_of_its_pages(
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

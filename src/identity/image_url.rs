//! URLs of users' pictures.

use serde::{Deserialize, Serialize};
use url::Url;

/// The text is not a URL of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https URL of at most 2048 characters, without user and password")]
pub struct InvalidImageUrl;

/// A normalized https URL. Signet never requests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "String")]
#[sqlx(transparent)]
pub struct ImageUrl(String);

impl ImageUrl {
    /// The longest URL, in bytes.
    pub const MAX_BYTES: usize = 2048;

    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a URL.
    ///
    /// # Errors
    /// The text is not an https URL, is too long, or has a user or a password.
    pub fn parse(text: &str) -> Result<Self, InvalidImageUrl> {
        let url = Url::parse(text).map_err(|_| InvalidImageUrl)?;
        let is_plain = url.scheme() == "https"
            && url.host().is_some()
            && url.username().is_empty()
            && url.password().is_none();
        if is_plain && url.as_str().len() <= Self::MAX_BYTES {
            Ok(Self(url.into()))
        } else {
            Err(InvalidImageUrl)
        }
    }
}

parsed_text!(ImageUrl, InvalidImageUrl);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_https_urls_are_accepted() {
        let url = |text| ImageUrl::parse(text).map(|url| url.to_string());
        assert_eq!(
            url("https://EXAMPLE.com/a b.png?x#y").as_deref(),
            Ok("https://example.com/a%20b.png?x#y")
        );
        for bad in [
            "",
            "a.png",
            "//example.com/a.png",
            "http://example.com/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "https://user@example.com/a.png",
            "https://user:secret@example.com/a.png",
            &format!("https://example.com/{}", "a".repeat(2048)),
        ] {
            assert_eq!(url(bad), Err(InvalidImageUrl), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn accepted_urls_are_https_and_parse_to_themselves(
            text in "\\PC{0,60}|(https|http|ftp|file|ws):[/\\\\]{0,3}[a-zA-Z0-9.:@\\[\\]%\u{e4}-]{0,30}[/?# \t]{0,2}\\PC{0,30}",
        ) {
            let Ok(url) = ImageUrl::parse(&text) else {
                return Ok(());
            };
            let url = url.to_string();
            prop_assert!(url.starts_with("https://") && url.len() <= ImageUrl::MAX_BYTES);
            prop_assert!(url.bytes().all(|b| b.is_ascii_graphic()), "{}", url);
            prop_assert_eq!(ImageUrl::parse(&url).unwrap().to_string(), url);
        }
    }
}

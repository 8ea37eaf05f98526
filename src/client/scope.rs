//! Scopes (RFC 6749 §3.3): a set of case-sensitive words, separated by single spaces.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::OPENID;

/// The scope with which OpenID clients request a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

/// The reason why a text is not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// The text has a character outside `scope-token`.
    #[error(
        "must be words of printable ASCII without quotation marks and backslashes, separated by single \
         spaces"
    )]
    Token,
    /// The text has more than 1024 bytes.
    #[error("must be at most 1024 characters long")]
    TooLong,
}

/// A set of scope tokens. It may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Parses a scope. An empty text is the empty set.
    ///
    /// # Errors
    /// See [`InvalidScope`].
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.len() > 1024 {
            return Err(InvalidScope::TooLong);
        }
        if text.is_empty() {
            return Ok(Self::default());
        }
        let token = |word: &str| {
            let is_token_byte = |b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            if !word.is_empty() && word.bytes().all(is_token_byte) {
                Ok(word.to_owned())
            } else {
                Err(InvalidScope::Token)
            }
        };
        text.split(' ')
            .map(token)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Returns whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether that word is one of the set.
    pub fn contains(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// Returns whether every word is also in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Returns the words that are also in `other`.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// Returns the scope of a request for a client with at most the scopes `most`. `offline_access`
    /// (OpenID Connect Core 1.0 §11) is ignored unless it is a scope of the client, because every
    /// login gets a refresh token. Returns `None` if the request has no other scope.
    #[must_use]
    pub fn without_offline_access(&self, most: &Self) -> Option<Self> {
        if most.0.contains(OFFLINE_ACCESS) || !self.0.contains(OFFLINE_ACCESS) {
            return Some(self.clone());
        }
        let rest = self.0.iter().filter(|word| *word != OFFLINE_ACCESS);
        let rest: BTreeSet<_> = rest.cloned().collect();
        (!rest.is_empty()).then_some(Self(rest))
    }

    /// Returns the scope that is granted to a request for `requested`, if `self` is the most that may be granted:
    /// all of it without a request (RFC 6749 §3.3). `None` if the request exceeds it.
    #[must_use]
    pub fn granted(&self, requested: Option<&Self>) -> Option<Self> {
        let scope = requested.unwrap_or(self);
        scope.is_within(self).then(|| scope.clone())
    }

    /// The scope without `openid` and `offline_access`, which only a login of a user can grant.
    #[must_use]
    pub fn without_login(&self) -> Self {
        let words = self.0.iter();
        let words = words.filter(|word| ![OPENID, OFFLINE_ACCESS].contains(&word.as_str()));
        Self(words.cloned().collect())
    }

    /// Returns the words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scopes_are_sets_of_words() {
        assert_eq!(Scope::parse("b a b").unwrap().to_string(), "a b");
        assert!(Scope::parse("").unwrap().is_empty());
        for bad in [" a", "a  b", "a\tb", "a\"b", "a\\b", "\u{e4}"] {
            assert_eq!(Scope::parse(bad), Err(InvalidScope::Token), "{bad:?}");
        }
        assert_eq!(Scope::parse(&"a".repeat(1025)), Err(InvalidScope::TooLong));
    }

    #[test]
    fn offline_access_is_ignored_unless_the_client_has_it() {
        let scope = |text| Scope::parse(text).unwrap();
        let most = scope("read write");
        let asked = |text| scope(text).without_offline_access(&most);
        assert_eq!(asked("offline_access read"), Some(scope("read")));
        assert_eq!(asked("offline_access"), None);
        assert_eq!(asked(""), Some(scope("")));
        assert_eq!(asked("read"), Some(scope("read")));
        let most = scope("offline_access read");
        let asked = scope("offline_access").without_offline_access(&most);
        assert_eq!(asked, Some(scope("offline_access")));
    }

    #[test]
    fn granted_scope_is_the_requested_one_or_all_and_never_more() {
        let scope = |text| Scope::parse(text).unwrap();
        let most = scope("read write");
        assert_eq!(most.granted(None), Some(most.clone()));
        assert_eq!(most.granted(Some(&scope("read"))), Some(scope("read")));
        assert_eq!(most.granted(Some(&scope(""))), Some(scope("")));
        assert_eq!(most.granted(Some(&scope("read admin"))), None);
    }

    proptest! {
        #[test]
        fn the_order_of_words_does_not_matter(
            words in proptest::collection::vec("[!#-\\[\\]-~]{1,12}", 0..8),
        ) {
            let scope = Scope::parse(&words.join(" ")).unwrap();
            let backwards: Vec<_> = words.iter().rev().cloned().collect();
            prop_assert_eq!(&Scope::parse(&backwards.join(" ")).unwrap(), &scope);
            prop_assert_eq!(&Scope::parse(&scope.to_string()).unwrap(), &scope);
            prop_assert!(words.iter().all(|word| scope.iter().any(|it| it == word)));
            prop_assert!(scope.iter().count() <= words.len());
        }

        #[test]
        fn scopes_have_only_printable_words_without_quotes(text in ".{0,40}|[a-c \"\\\\]{0,12}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert!(text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
                prop_assert!(!text.contains(['"', '\\']));
                prop_assert_eq!(text.is_empty(), scope.is_empty());
                prop_assert!(scope.within(&scope).is_within(&scope));
            }
        }
    }
}

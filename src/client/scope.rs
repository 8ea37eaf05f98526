//! Scopes (RFC 6749 §3.3): a set of case-sensitive words, one space between two.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The scope by which OpenID clients ask for a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

/// Why a text is not a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScope {
    /// A character outside `scope-token`.
    #[error(
        "must be words of printable ASCII without quotation marks and backslashes, separated by single \
         spaces"
    )]
    Token,
    /// More than 1024 bytes.
    #[error("must be at most 1024 characters long")]
    TooLong,
}

/// A set of scope tokens; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// Reads a scope. An empty text is the empty set.
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

    /// Whether nothing is granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every word is also one of `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The words that are also in `other`.
    #[must_use]
    pub fn within(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }

    /// The scope that a request asks for, of a client that may have at most `most`. `offline_access`
    /// (OpenID Connect Core 1.0 §11) is ignored unless it is one of the client's scopes, because every
    /// login gets a refresh token. `None` if nothing else was asked for.
    #[must_use]
    pub fn without_offline_access(&self, most: &Self) -> Option<Self> {
        if most.0.contains(OFFLINE_ACCESS) || !self.0.contains(OFFLINE_ACCESS) {
            return Some(self.clone());
        }
        let rest = self.0.iter().filter(|word| *word != OFFLINE_ACCESS);
        let rest: BTreeSet<_> = rest.cloned().collect();
        (!rest.is_empty()).then_some(Self(rest))
    }

    /// The words, in order.
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
    fn a_scope_is_a_set_of_words() {
        assert_eq!(Scope::parse("b a b").unwrap().to_string(), "a b");
        assert!(Scope::parse("").unwrap().is_empty());
        for bad in [" a", "a  b", "a\tb", "a\"b", "a\\b", "\u{e4}"] {
            assert_eq!(Scope::parse(bad), Err(InvalidScope::Token), "{bad:?}");
        }
        assert_eq!(Scope::parse(&"a".repeat(1025)), Err(InvalidScope::TooLong));
    }

    #[test]
    fn offline_access_asks_for_nothing_unless_it_is_a_scope_of_the_client() {
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

    proptest! {
        #[test]
        fn a_scope_is_one_set_in_whatever_order(
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
        fn no_scope_has_what_a_header_or_a_list_could_break_at(text in ".{0,40}|[a-c \"\\\\]{0,12}") {
            if let Ok(scope) = Scope::parse(&text) {
                prop_assert!(text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
                prop_assert!(!text.contains(['"', '\\']));
                prop_assert_eq!(text.is_empty(), scope.is_empty());
                prop_assert!(scope.within(&scope).is_within(&scope));
            }
        }
    }
}

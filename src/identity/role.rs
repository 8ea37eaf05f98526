//! Roles of users.

use serde::{Deserialize, Serialize};

/// The text is not a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 32 characters of a-z, 0-9, _ and -")]
pub struct InvalidRole;

/// The role of a user, which grants permissions: one word such as `user` or `admin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "service", derive(sqlx::Type), sqlx(transparent))]
pub struct Role(String);

impl Role {
    /// The longest role, in bytes.
    pub const MAX_BYTES: usize = 32;

    /// The role that may manage other users.
    pub const ADMIN: &str = "admin";

    /// Returns whether the role may manage other users.
    pub fn is_admin(&self) -> bool {
        self.0 == Self::ADMIN
    }

    /// Parses a role.
    ///
    /// # Errors
    /// The text is empty, too long or has a character that is not allowed.
    pub fn parse(text: &str) -> Result<Self, InvalidRole> {
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        if (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidRole)
        }
    }
}

impl Default for Role {
    fn default() -> Self {
        Self("user".to_owned())
    }
}

parsed_text!(Role, InvalidRole);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_words_are_roles() {
        assert!(Role::parse("admin").is_ok());
        for bad in ["", "Admin", "a b", "a\"b", &"x".repeat(33)] {
            assert_eq!(Role::parse(bad), Err(InvalidRole), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn roles_are_kept_exactly_or_refused(text in "\\PC{0,40}|[a-z0-9_-]{0,40}") {
            match Role::parse(&text) {
                Ok(role) => prop_assert_eq!(role.to_string(), text),
                Err(InvalidRole) => prop_assert!(text.is_empty() || text.len() > 32
                    || text.contains(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '_' | '-'))),
            }
        }
    }
}

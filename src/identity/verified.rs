//! What every provider delivers and every session begins with.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::User;

/// How somebody was authenticated: the values of `amr`, from RFC 8176 §2 where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// By a password.
    Password,
    /// By somebody else's server, in whatever way. RFC 8176 has no word for it; this is the one of
    /// Microsoft's tokens.
    Provider,
    /// By a link in a mail. RFC 8176 has no word for that either.
    Mail,
}

impl AuthMethod {
    const ALL: [Self; 3] = [Self::Password, Self::Provider, Self::Mail];

    /// The word in tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Provider => "fed",
            Self::Mail => "mail",
        }
    }
}

/// A method that this program does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an authentication method")]
pub struct UnknownAuthMethod;

impl FromStr for AuthMethod {
    type Err = UnknownAuthMethod;

    fn from_str(word: &str) -> Result<Self, UnknownAuthMethod> {
        let mut all = Self::ALL.into_iter();
        all.find(|method| method.as_str() == word)
            .ok_or(UnknownAuthMethod)
    }
}

/// A claim to an account that was checked and found true: this person is here, now.
///
/// Only code of this crate can make one, and only providers do.
#[derive(Debug, Clone)]
pub struct Verified {
    user: User,
    methods: Vec<AuthMethod>,
    at: DateTime<Utc>,
}

impl Verified {
    /// States that `user` has been authenticated by `methods` at `at`.
    pub(crate) fn new(user: User, methods: Vec<AuthMethod>, at: DateTime<Utc>) -> Self {
        Self { user, methods, at }
    }

    /// Who is here.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// By which methods.
    pub fn methods(&self) -> &[AuthMethod] {
        &self.methods
    }

    /// The same in the words of tokens: the `amr` of everything that follows.
    pub fn amr(&self) -> Vec<String> {
        let words = self.methods.iter().map(|method| method.as_str());
        words.map(str::to_owned).collect()
    }

    /// Since when: the `auth_time` of everything that follows.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_read_back_from_its_word() {
        for method in AuthMethod::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
        }
        for other in ["", "PWD", "otp"] {
            let read = other.parse::<AuthMethod>();
            assert_eq!(read, Err(UnknownAuthMethod), "{other}");
        }
    }
}

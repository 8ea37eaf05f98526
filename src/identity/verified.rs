//! The verified identity of a user, with which every session begins.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::User;

/// An authentication method: a value of `amr`, from RFC 8176 §2 if it is registered there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// A password.
    Password,
    /// An external provider, with any method. RFC 8176 has no value for it; this one is used by
    /// Microsoft's tokens.
    Provider,
    /// A link in an email. RFC 8176 has no value for it.
    Mail,
    /// Proof of possession of a key.
    Possession,
    /// Proof of possession of a key that never leaves its device.
    HardwareKey,
    /// The device verified the user.
    UserVerification,
    /// Several factors, beside the methods themselves.
    MultiFactor,
}

impl AuthMethod {
    const ALL: [Self; 7] = [
        Self::Password,
        Self::Provider,
        Self::Mail,
        Self::Possession,
        Self::HardwareKey,
        Self::UserVerification,
        Self::MultiFactor,
    ];

    /// Returns the value in tokens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Provider => "fed",
            Self::Mail => "mail",
            Self::Possession => "pop",
            Self::HardwareKey => "hwk",
            Self::UserVerification => "user",
            Self::MultiFactor => "mfa",
        }
    }
}

/// An unknown authentication method.
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

/// A user whose authentication has been verified now.
///
/// Only code of this crate can create one, and only providers do.
#[derive(Debug, Clone)]
pub struct Verified {
    user: User,
    methods: Vec<AuthMethod>,
    at: DateTime<Utc>,
}

impl Verified {
    /// Creates the identity of `user`, authenticated by `methods` at `at`.
    pub(crate) fn new(user: User, methods: Vec<AuthMethod>, at: DateTime<Utc>) -> Self {
        Self { user, methods, at }
    }

    /// Returns the user.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Returns the authentication methods.
    pub fn methods(&self) -> &[AuthMethod] {
        &self.methods
    }

    /// Returns the methods as in tokens: the `amr` of all following tokens.
    pub fn amr(&self) -> Vec<String> {
        let words = self.methods.iter().map(|method| method.as_str());
        words.map(str::to_owned).collect()
    }

    /// Returns the time of authentication: the `auth_time` of all following tokens.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_round_trip_and_unknown_methods_are_refused() {
        for method in AuthMethod::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
        }
        for other in ["", "PWD", "otp"] {
            let read = other.parse::<AuthMethod>();
            assert_eq!(read, Err(UnknownAuthMethod), "{other}");
        }
    }
}

//! The verified identity of a user, with which every session begins.

use std::str::FromStr;

use chrono::{DateTime, Utc};

use super::{EnrolledFactors, User, UserAtLogin};

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
    /// A one-time code of an authenticator app, or a recovery code.
    OneTimeCode,
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
    const ALL: [Self; 8] = [
        Self::Password,
        Self::Provider,
        Self::Mail,
        Self::OneTimeCode,
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
            Self::OneTimeCode => "otp",
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

/// A user who has proven one factor: the result of every login method.
///
/// Only code of this crate can create one, and only providers do. [`FirstFactor::next`] decides whether the login is
/// complete, so no method can skip the second factor.
#[derive(Debug, Clone)]
pub struct FirstFactor {
    verified: Verified,
    factors: EnrolledFactors,
}

/// The step that follows the first factor of a login.
#[derive(Debug, Clone)]
pub enum LoginStep {
    /// The login is complete.
    Done(Verified),
    /// The user has to prove a second factor.
    SecondFactor(FirstFactor),
}

impl FirstFactor {
    /// Creates the identity of a user, authenticated by `method` at `at`.
    pub(crate) fn new(
        UserAtLogin { user, factors }: UserAtLogin,
        method: AuthMethod,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            verified: Verified::new(user, vec![method], at),
            factors,
        }
    }

    /// Returns the user.
    pub fn user(&self) -> &User {
        self.verified.user()
    }

    /// Returns the methods as in tokens.
    pub fn amr(&self) -> Vec<String> {
        self.verified.amr()
    }

    /// Returns the time of authentication.
    pub fn at(&self) -> DateTime<Utc> {
        self.verified.at()
    }

    /// Returns the second factors of the user.
    pub fn factors(&self) -> EnrolledFactors {
        self.factors
    }

    /// Adds that the provider has verified several factors, which the configuration trusts (`counts_as_mfa`).
    #[must_use]
    pub(crate) fn of_several_factors(mut self) -> Self {
        self.verified.methods.push(AuthMethod::MultiFactor);
        self
    }

    /// Returns the step that follows. `is_enough` tells whether the login needs no further strength where the user logs
    /// in: if it does, a user with a passkey is asked for it.
    pub fn next(self, is_enough: bool) -> LoginStep {
        let is_strong = self.verified.methods.contains(&AuthMethod::MultiFactor);
        let is_on = self.factors.turn_two_steps_on() && !is_strong;
        if is_on || (self.factors.has_passkey && !is_enough) {
            LoginStep::SecondFactor(self)
        } else {
            LoginStep::Done(self.verified)
        }
    }
}

/// A user whose login is complete: every factor that it needs has been verified.
///
/// Only code of this crate can create one.
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
        for other in ["", "PWD", "sms"] {
            let read = other.parse::<AuthMethod>();
            assert_eq!(read, Err(UnknownAuthMethod), "{other}");
        }
    }
}

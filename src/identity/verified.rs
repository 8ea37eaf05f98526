//! What every provider delivers and every session begins with.

use chrono::{DateTime, Utc};

use super::User;

/// How somebody was authenticated: the values of `amr` (RFC 8176 §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    /// By a password.
    Password,
}

impl AuthMethod {
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
        }
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

    /// Since when: the `auth_time` of everything that follows.
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}

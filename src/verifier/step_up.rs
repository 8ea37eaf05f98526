//! Requirements on the login of a request (RFC 9470).

use std::{fmt::Write, time::Duration};

use chrono::TimeDelta;

use super::Claims;
use crate::client::Acr;

/// The login is too weak or too old for the request: 401 with a challenge that names the requirement (RFC 9470 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StepUp {
    /// The login is weaker than this.
    #[error("the login is weaker than {}", .0.as_str())]
    Acr(Acr),
    /// The login is older than this.
    #[error("the login is older than {} s", .0.as_secs())]
    MaxAge(Duration),
}

impl StepUp {
    /// Returns the parameters that the challenge adds to its error. A service without axum sends
    /// `WWW-Authenticate: Bearer error="insufficient_user_authentication"` and these.
    pub fn parameters(&self) -> String {
        let mut parameters = String::new();
        let written = match self {
            Self::Acr(acr) => write!(parameters, ", acr_values=\"{}\"", acr.as_str()),
            Self::MaxAge(max_age) => write!(parameters, ", max_age=\"{}\"", max_age.as_secs()),
        };
        debug_assert!(written.is_ok(), "a text takes every write");
        parameters
    }
}

impl Claims {
    /// Requires a login of at least that strength. A token without `acr` is of one factor.
    ///
    /// ```
    /// # use signet::verifier::{Acr, Claims, StepUp};
    /// fn pay(claims: &Claims) -> Result<(), StepUp> {
    ///     claims.require_acr(Acr::MultiFactor)
    /// }
    /// ```
    ///
    /// # Errors
    /// The login is weaker.
    pub fn require_acr(&self, acr: Acr) -> Result<(), StepUp> {
        if self.acr >= acr {
            Ok(())
        } else {
            Err(StepUp::Acr(acr))
        }
    }

    /// Requires that the user has logged in no longer ago than `max_age`, at the time of the verification. Whole
    /// seconds count.
    ///
    /// # Errors
    /// The login is older.
    pub fn max_auth_age(&self, max_age: Duration) -> Result<(), StepUp> {
        let longest = TimeDelta::from_std(max_age).unwrap_or(TimeDelta::MAX);
        if self.is_recent(longest, self.verified_at) {
            Ok(())
        } else {
            Err(StepUp::MaxAge(max_age))
        }
    }
}

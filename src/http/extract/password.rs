//! Passwords in bodies.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::field;
use crate::{http::problem::Problem, password::PresentedPassword};

/// A password in a request. It is never shown, and wiped from memory when it is dropped.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, with = "String", description = "", extend("format" = "password"))]
pub(crate) struct Password(SecretString);

impl Password {
    /// Returns the password of the field with that name.
    ///
    /// # Errors
    /// `invalid_field`: the field is not a password.
    pub(crate) fn parse(&self, name: &str) -> Result<PresentedPassword, Problem> {
        field(name, PresentedPassword::parse(self.0.expose_secret()))
    }
}

//! Passwords in bodies.

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::field;
use crate::{http::problem::Problem, password::PresentedPassword};

/// A password as it came: shown nowhere, wiped when it is done with.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline, with = "String", description = "", extend("format" = "password"))]
pub(crate) struct Password(SecretString);

impl Password {
    /// The password in the field of that name, or the problem with it.
    pub(crate) fn parse(&self, name: &str) -> Result<PresentedPassword, Problem> {
        field(name, PresentedPassword::parse(self.0.expose_secret()))
    }
}

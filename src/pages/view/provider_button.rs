//! The buttons that start a login at a provider.

use serde::Serialize;

use super::{DisplayText, Link};

/// A button for a provider.
#[derive(Debug, Serialize)]
pub(crate) struct ProviderButton {
    pub(crate) name: DisplayText,
    /// Starts the login.
    pub(crate) link: Link,
    pub(crate) mark: ProviderMark,
}

/// The mark on a button: a neutral drawing of this service, which is not the logo of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProviderMark {
    Branch,
    Briefcase,
    Code,
    Globe,
    Key,
    Phone,
    Speech,
}

impl ProviderMark {
    /// Returns the mark for the configured `kind` of a provider.
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "apple" => Self::Phone,
            "discord" => Self::Speech,
            "github" => Self::Code,
            "gitlab" => Self::Branch,
            "google" => Self::Globe,
            "microsoft" => Self::Briefcase,
            _ => Self::Key,
        }
    }
}

//! The parameter `response_mode` of an authorization request (OAuth 2.0 Multiple Response Types §2.1).

use serde::{Deserialize, Serialize};

/// The way in which the response reaches the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect.
    #[default]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    FormPost,
}

impl ResponseMode {
    /// All modes.
    pub const ALL: &[Self] = &[Self::Query, Self::FormPost];

    /// The value in requests and in the metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// Returns whether this is the default of the response type `code`.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

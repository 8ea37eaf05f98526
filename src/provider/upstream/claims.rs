//! The claims of a provider about a person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    identity::{EmailAddress, External, ImageUrl, PersonName},
    token::IdToken,
};

/// A claim to an account of a provider, checked and found true. What the provider says besides is
/// asked for only where the account is new here.
pub(super) struct Proven {
    pub(super) account: External,
    /// When the person last proved to be there, where the provider says it.
    pub(super) auth_time: Option<DateTime<Utc>>,
    pub(super) said: Said,
}

/// What the provider has said, or will say when it is asked.
pub(super) enum Said {
    OpenId {
        id_token: Box<IdToken>,
        access_token: Option<String>,
        /// What came beside it, unsigned.
        name: Option<PersonName>,
    },
    GitHub {
        user: GitHubUser,
        access_token: String,
    },
}

/// What a provider says of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// What the person is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<PersonName>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageUrl>,
}

/// The address that a provider claims for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claimed {
    pub(super) email: EmailAddress,
    /// Whether the provider is believed that the person reads it.
    pub(super) is_proven: bool,
}

/// What `GET /user` says. The number is never given to another; the login may be.
#[derive(Debug)]
pub(super) struct GitHubUser {
    pub(super) id: u64,
    pub(super) login: Option<String>,
    pub(super) name: Option<String>,
    pub(super) avatar_url: Option<String>,
}

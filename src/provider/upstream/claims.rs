//! The claims of a provider about a user.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    identity::{EmailAddress, External, ImageUrl, PersonName},
    token::IdToken,
};

/// A verified account of a provider. Other claims are fetched only for a new account.
pub(super) struct VerifiedIdentity {
    pub(super) account: External,
    /// The time of the last authentication, if the provider states it.
    pub(super) auth_time: Option<DateTime<Utc>>,
    pub(super) claims: ProviderClaims,
}

/// The received claims, or the tokens to fetch them with.
pub(super) enum ProviderClaims {
    OpenId {
        id_token: Box<IdToken>,
        access_token: Option<String>,
        /// The unsigned name that came with the ID token.
        name: Option<PersonName>,
    },
    GitHub {
        user: GitHubUser,
        access_token: String,
    },
}

/// The profile of a user at the provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProviderProfile {
    /// The display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<PersonName>,
    /// The URL of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageUrl>,
}

/// The email that a provider claims for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClaimedEmail {
    pub(super) email: EmailAddress,
    /// `true` if the provider is trusted and states that the email is verified.
    pub(super) is_verified: bool,
}

/// The response of GitHub's `GET /user`. An `id` is never reused; a `login` may be.
#[derive(Debug)]
pub(super) struct GitHubUser {
    pub(super) id: u64,
    pub(super) login: Option<String>,
    pub(super) name: Option<String>,
    pub(super) avatar_url: Option<String>,
}

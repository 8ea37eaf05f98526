//! Users, accounts and credentials: *provider → account → user → session*.
//!
//! Each value is parsed once, when it enters the service, and is valid from then on. Nothing here
//! is asynchronous.

/// Conversions of a parsed text: `FromStr`, `TryFrom<String>` and `Display`.
macro_rules! parsed_text {
    ($name:ident, $error:ident) => {
        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::parse(&text)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

#[cfg(feature = "service")]
mod account;
#[cfg(feature = "service")]
mod credential;
#[cfg(feature = "service")]
mod email_address;
mod epoch;
#[cfg(feature = "service")]
mod factors;
mod ids;
#[cfg(feature = "service")]
mod image_url;
#[cfg(feature = "service")]
mod import;
#[cfg(feature = "service")]
mod person_name;
mod role;
#[cfg(feature = "service")]
mod user;
#[cfg(feature = "service")]
mod verified;

#[cfg(feature = "service")]
pub use self::{
    account::{Account, AccountKind, External, UnknownAccountKind},
    credential::{Credential, CredentialKind, StoredVerifier},
    email_address::{EmailAddress, InvalidEmailAddress},
    factors::{EnrolledFactors, SecondFactorKind, UserAtLogin},
    image_url::{ImageUrl, InvalidImageUrl},
    person_name::{InvalidPersonName, PersonName},
    user::User,
    verified::{AuthMethod, FirstFactor, LoginStep, UnknownAuthMethod, Verified},
};
pub use self::{
    epoch::Epoch,
    ids::{AccountId, CredentialId, UserId},
    role::{InvalidRole, Role},
};

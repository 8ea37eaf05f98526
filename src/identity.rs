//! Who people are: *a provider verifies → the account → its user → a session*.
//!
//! Values that cannot be wrong: each is parsed once, at the door, and never checked again.
//! Nothing here awaits.

mod account;
mod credential;
mod email_address;
mod epoch;
mod ids;
mod text;
mod user;
mod verified;

pub use self::{
    account::{Account, AccountKind},
    credential::{Credential, CredentialKind, Verifier},
    email_address::{EmailAddress, InvalidEmailAddress},
    epoch::Epoch,
    ids::{AccountId, CredentialId, UserId},
    text::{InvalidText, PersonName, Role},
    user::User,
    verified::{AuthMethod, Verified},
};

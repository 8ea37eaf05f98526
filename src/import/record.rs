//! The neutral records into which the rows of every source are read.

use chrono::{DateTime, Utc};

use super::{ImportRefusal, refusal::RowRefusal};
use crate::{
    identity::{EmailAddress, External, ImageUrl, PersonName, Role, UserId},
    password::ForeignHash,
};

/// A row, read.
#[derive(Debug)]
pub(super) enum ImportedRow {
    /// A user.
    User(Box<ImportedUser>),
    /// An account or the password of a user of another row.
    Identity(Box<ImportedIdentity>),
    /// Nothing that is imported, such as the account of a service.
    Skipped,
}

/// A user.
#[derive(Debug)]
pub(super) struct ImportedUser {
    /// The ID, if it is kept.
    pub(super) id: Option<UserId>,
    pub(super) email: EmailAddress,
    /// The time at which the email was verified, if it was.
    pub(super) verified_at: Option<DateTime<Utc>>,
    pub(super) name: Option<PersonName>,
    pub(super) image: Option<ImageUrl>,
    pub(super) role: Role,
    pub(super) created_at: DateTime<Utc>,
    pub(super) is_disabled: bool,
    pub(super) hash: Option<ForeignHash>,
    /// The accounts, of which at most one has the ID at the source.
    pub(super) accounts: Vec<External>,
}

/// An account or the password of a user, from a row of its own.
#[derive(Debug)]
pub(super) struct ImportedIdentity {
    /// The account with the user's ID at the source.
    pub(super) owner: External,
    pub(super) account: Option<External>,
    pub(super) hash: Option<ForeignHash>,
}

impl ImportedRow {
    /// Takes the hash out, from which the verifier is made.
    pub(super) fn take_hash(&mut self) -> Option<ForeignHash> {
        match self {
            Self::User(user) => user.hash.take(),
            Self::Identity(identity) => identity.hash.take(),
            Self::Skipped => None,
        }
    }
}

impl ImportedUser {
    /// Creates a user without a password, whose email is not verified.
    ///
    /// # Errors
    /// The email is missing or not accepted.
    pub(super) fn new(
        email: Option<&str>,
        account: External,
        created_at: DateTime<Utc>,
    ) -> Result<Self, RowRefusal> {
        Ok(Self {
            id: None,
            email: accepted_email(email)?,
            verified_at: None,
            name: None,
            image: None,
            role: Role::default(),
            created_at,
            is_disabled: false,
            hash: None,
            accounts: vec![account],
        })
    }

    /// Sets that the email is verified, since the creation of the user.
    pub(super) fn verified(mut self, is_verified: bool) -> Self {
        self.verified_at = is_verified.then_some(self.created_at);
        self
    }

    /// Sets the name, from parts that may be absent. A name that is too long or has nothing to show is left out.
    pub(super) fn named(mut self, parts: &[Option<String>]) -> Self {
        let parts: Vec<_> = parts.iter().flatten().map(String::as_str).collect();
        let name = parts.join(" ");
        let is_short = name.chars().count() <= PersonName::MAX_CHARS;
        self.name = is_short.then(|| PersonName::cleaned(&name)).flatten();
        self
    }

    /// Sets the picture. A URL that is not accepted is left out.
    pub(super) fn pictured(mut self, image: Option<String>) -> Self {
        self.image = image.and_then(|image| ImageUrl::parse(&image).ok());
        self
    }

    pub(super) fn disabled(mut self, is_disabled: bool) -> Self {
        self.is_disabled = is_disabled;
        self
    }

    /// Adds an account of a provider. The same account is added once.
    pub(super) fn add(&mut self, account: External) {
        if !self.accounts.contains(&account) {
            self.accounts.push(account);
        }
    }

    pub(super) fn hashed(mut self, hash: Option<ForeignHash>) -> Self {
        self.hash = hash;
        self
    }
}

/// Parses the email of a row.
///
/// # Errors
/// The email is missing or not accepted.
pub(super) fn accepted_email(email: Option<&str>) -> Result<EmailAddress, RowRefusal> {
    let Some(email) = email else {
        let cause = "the email is missing";
        return Err(RowRefusal::new(ImportRefusal::InvalidEmail, cause));
    };
    EmailAddress::parse(email).map_err(|_| ImportRefusal::InvalidEmail.into())
}

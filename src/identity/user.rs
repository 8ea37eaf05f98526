//! Users.

use chrono::{DateTime, Utc};

use super::{EmailAddress, Epoch, ImageUrl, PersonName, Role, UserId};
use crate::entropy::{Entropy, EntropyError};

/// A user as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// The permanent id.
    pub id: UserId,
    /// The full name.
    pub name: Option<PersonName>,
    /// The email in canonical form; unique.
    pub email: EmailAddress,
    /// The time at which the email was verified. `None` for users whom an admin, a
    /// command or a gradual move created without a verified email.
    pub email_verified: Option<DateTime<Utc>>,
    /// The https URL of a picture.
    pub image: Option<ImageUrl>,
    /// The role.
    pub role: Role,
    /// The user is enabled. A disabled user cannot log in, refresh or change their own profile.
    pub is_active: bool,
    /// The epoch of sessions. Tokens of another epoch are refused wherever the row is read.
    pub session_epoch: Epoch,
    /// The epoch of login links. Links of another epoch are refused.
    pub link_epoch: Epoch,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
    /// The time of the last change.
    pub updated_at: DateTime<Utc>,
}

impl User {
    /// Creates a user whose email has just been verified.
    ///
    /// # Errors
    /// The operating system returns no randomness.
    pub fn new(
        id: UserId,
        email: EmailAddress,
        name: Option<PersonName>,
        now: DateTime<Utc>,
        entropy: &Entropy,
    ) -> Result<Self, EntropyError> {
        Ok(Self {
            id,
            name,
            email,
            email_verified: Some(now),
            image: None,
            role: Role::default(),
            is_active: true,
            session_epoch: Epoch::fresh(entropy)?,
            link_epoch: Epoch::fresh(entropy)?,
            created_at: now,
            updated_at: now,
        })
    }

    /// Returns whether a session of this epoch is still valid: the user is enabled and the epoch is
    /// current.
    pub fn accepts_epoch(&self, epoch: Epoch) -> bool {
        self.is_active && self.session_epoch == epoch
    }
}

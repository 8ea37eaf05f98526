//! A person.

use chrono::{DateTime, Utc};

use super::{EmailAddress, Epoch, ImageUrl, PersonName, Role, UserId};
use crate::entropy::{Entropy, EntropyError};

/// A person, as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct User {
    /// The person, for ever.
    pub id: UserId,
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The address that was proved, in canonical form; unique.
    pub email: EmailAddress,
    /// When it was proved. Null only for users made on the command line.
    pub email_verified: Option<DateTime<Utc>>,
    /// An https URL of a picture.
    pub image: Option<ImageUrl>,
    /// What the person may do.
    pub role: Role,
    /// False: may not log in, refresh, or act on the own record.
    pub is_active: bool,
    /// Every token minted under another value is refused where the row is read.
    pub session_epoch: Epoch,
    /// The same for links that log in.
    pub link_epoch: Epoch,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl User {
    /// A person who has just proved to read `email`.
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

    /// Whether a token minted under `epoch` still speaks for this person.
    pub fn allows_join(&self, epoch: Epoch) -> bool {
        self.is_active && self.session_epoch == epoch
    }
}

//! Reasons for which rows are refused.

use std::borrow::Cow;

use crate::password::HashRefusal;

/// The reason why a row is not imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportRefusal {
    /// The row is not in the format of the source, is longer than [`MAX_ROW_BYTES`](super::MAX_ROW_BYTES), or belongs
    /// to a user who is not imported.
    Malformed,
    /// The email is missing or is not one that Signet accepts.
    InvalidEmail,
    /// Another user has the email.
    EmailTaken,
    /// Another user has the account of a provider, or the ID.
    AccountTaken,
    /// The password hash has an unknown form.
    UnknownHash,
    /// The password hash is weak, and weak hashes are not allowed.
    WeakHash,
    /// The parameters of the password hash exceed the limits.
    HashParameters,
    /// The provider of an account is not known.
    UnknownProvider,
}

impl ImportRefusal {
    /// Returns whether the row may be of another source.
    pub const fn is_unreadable(self) -> bool {
        matches!(self, Self::Malformed | Self::InvalidEmail)
    }

    /// Returns the name of the reason in the output of the command.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::InvalidEmail => "invalid_email",
            Self::EmailTaken => "email_taken",
            Self::AccountTaken => "account_taken",
            Self::UnknownHash => "unknown_hash",
            Self::WeakHash => "weak_hash",
            Self::HashParameters => "hash_parameters",
            Self::UnknownProvider => "unknown_provider",
        }
    }
}

/// The refusal of a row: the reason, and the cause for people if the reason does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RowRefusal {
    pub(super) reason: ImportRefusal,
    pub(super) cause: Option<Cow<'static, str>>,
}

impl RowRefusal {
    /// Refuses a row that is not in the format of the source.
    pub(super) fn malformed(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ImportRefusal::Malformed, cause)
    }

    pub(super) fn new(reason: ImportRefusal, cause: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason,
            cause: Some(cause.into()),
        }
    }
}

impl From<ImportRefusal> for RowRefusal {
    fn from(reason: ImportRefusal) -> Self {
        Self {
            reason,
            cause: None,
        }
    }
}

impl From<HashRefusal> for RowRefusal {
    fn from(refusal: HashRefusal) -> Self {
        let reason = match refusal {
            HashRefusal::UnknownHash => ImportRefusal::UnknownHash,
            HashRefusal::WeakHash => ImportRefusal::WeakHash,
            HashRefusal::HashParameters => ImportRefusal::HashParameters,
            HashRefusal::Malformed => {
                return Self::malformed("the password hash is not well-formed");
            }
        };
        reason.into()
    }
}

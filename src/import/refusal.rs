//! Reasons for which rows are refused.

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

impl From<HashRefusal> for ImportRefusal {
    fn from(refusal: HashRefusal) -> Self {
        match refusal {
            HashRefusal::UnknownHash => Self::UnknownHash,
            HashRefusal::WeakHash => Self::WeakHash,
            HashRefusal::HashParameters => Self::HashParameters,
            HashRefusal::Malformed => Self::Malformed,
        }
    }
}

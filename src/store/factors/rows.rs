//! The rows that reads of second factors return.

use chrono::{DateTime, Utc};

use crate::identity::{StoredVerifier, User, UserId};

/// A stored second factor.
#[derive(Debug, Clone)]
pub struct StoredFactor {
    /// The verifier.
    pub verifier: StoredVerifier,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
}

/// A user with the stored second factors.
#[derive(Debug, Clone)]
pub struct UserWithFactors {
    /// The user.
    pub user: User,
    /// The authenticator app.
    pub totp: Option<StoredFactor>,
    /// The recovery codes.
    pub recovery_codes: Option<StoredFactor>,
}

/// The row of a user and the credentials that are joined to it.
#[derive(sqlx::FromRow)]
pub(super) struct FactorsRow {
    #[sqlx(flatten)]
    user: User,
    totp: Option<StoredVerifier>,
    totp_created_at: Option<DateTime<Utc>>,
    recovery_codes: Option<StoredVerifier>,
    recovery_codes_created_at: Option<DateTime<Utc>>,
}

impl From<FactorsRow> for UserWithFactors {
    fn from(row: FactorsRow) -> Self {
        let stored = |verifier: Option<StoredVerifier>, created_at: Option<DateTime<Utc>>| {
            Some(StoredFactor {
                verifier: verifier?,
                created_at: created_at?,
            })
        };
        Self {
            user: row.user,
            totp: stored(row.totp, row.totp_created_at),
            recovery_codes: stored(row.recovery_codes, row.recovery_codes_created_at),
        }
    }
}

/// The sealed secret of an authenticator app and its user.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TotpRow {
    /// The user.
    pub user_id: UserId,
    /// The sealed secret.
    pub verifier: StoredVerifier,
}

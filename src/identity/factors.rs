//! Second factors: proofs that a login asks for beside the password, the mailed link or the provider.

use serde::{Deserialize, Serialize};

use super::User;

/// A kind of second factor: a value of `kinds` in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorKind {
    /// A passkey.
    Passkey,
    /// A one-time code of an authenticator app (RFC 6238).
    Totp,
    /// A recovery code, which works once.
    RecoveryCode,
}

impl SecondFactorKind {
    /// All kinds.
    pub const ALL: &[Self] = &[Self::Passkey, Self::Totp, Self::RecoveryCode];

    /// Returns the name in responses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// The second factors that a user has, as far as a login needs to know them. The read of a login finds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct EnrolledFactors {
    /// The user has an authenticator app. It turns the two-step login on.
    pub has_totp: bool,
    /// The user has a passkey that can be used: of the present RP ID, while passkeys are on.
    pub has_passkey: bool,
    /// The user has recovery codes that were not used.
    pub has_recovery_codes: bool,
}

impl EnrolledFactors {
    /// Returns whether every login has two steps. A passkey alone does not turn that on.
    pub fn turn_two_steps_on(self) -> bool {
        self.has_totp
    }

    /// Returns whether the user can prove more than one factor. Sensitive changes then require it.
    pub fn has_any(self) -> bool {
        self.has_totp || self.has_passkey
    }

    /// Returns the kinds that complete a login.
    pub fn kinds(self) -> Vec<SecondFactorKind> {
        let has = |kind: &SecondFactorKind| match kind {
            SecondFactorKind::Passkey => self.has_passkey,
            SecondFactorKind::Totp => self.has_totp,
            SecondFactorKind::RecoveryCode => self.has_recovery_codes,
        };
        SecondFactorKind::ALL.iter().copied().filter(has).collect()
    }
}

/// A user and the factors that a login of the user needs.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UserAtLogin {
    /// The user.
    #[sqlx(flatten)]
    pub user: User,
    /// The second factors.
    #[sqlx(flatten)]
    pub factors: EnrolledFactors,
}

impl UserAtLogin {
    /// Returns a user who was created now, without factors.
    pub fn created(user: User) -> Self {
        Self {
            user,
            factors: EnrolledFactors::default(),
        }
    }
}

//! Login by email and password.

use chrono::{DateTime, Utc};

use super::{Error, PasswordRejection};
use crate::{
    admission,
    audit::{AuditAction, audit},
    identity::{
        AuthMethod, CredentialKind, EmailAddress, FirstFactor, StoredVerifier, User, UserAtLogin,
    },
    limits::{ChargedCaller, Limits},
    network::Network,
    password::{Hasher, HashingError, PasswordCheck, PresentedPassword, QueuePlace},
    store::{Store, UserWithPassword},
};

/// Logs users in by email and password.
#[derive(Debug, Clone)]
pub struct PasswordProvider {
    /// The user store.
    pub store: Store,
    /// The password hasher.
    pub hasher: Hasher,
    /// The limits of logins.
    pub limits: Limits,
}

impl PasswordProvider {
    /// Verifies an email and a password within the limits of logins. Every attempt costs one read and one
    /// hash, whether or not the user exists. No database connection is held while hashing.
    ///
    /// # Errors
    /// The password is refused, a limit is reached, or the service fails. A failure of the service is
    /// not charged.
    pub async fn verify(
        &self,
        email: &EmailAddress,
        password: PresentedPassword,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let caller = ChargedCaller::at(network).naming(email);
        let (place, receipt) =
            admission::admit_password::<Error>(&self.limits, &self.hasher, caller).await?;
        let verified = self.verify_admitted(email, password, place, now).await;
        match &verified {
            Ok(_) => receipt.forgive().await,
            Err(error) => receipt.settle(error.is_internal()).await,
        }
        verified
    }

    async fn verify_admitted(
        &self,
        email: &EmailAddress,
        password: PresentedPassword,
        place: QueuePlace,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let found = self.store.user_with_password(email).await?;
        let verifier = found.as_ref().and_then(|found| found.verifier.as_ref());
        let checked = place.check(password.clone(), verifier).await?;

        let UserWithPassword {
            user,
            factors,
            verifier,
        } = found.ok_or(PasswordRejection::UnknownAddress)?;
        let verifier = verifier.ok_or(PasswordRejection::NoPassword)?;
        match checked {
            PasswordCheck::Wrong => return Err(PasswordRejection::WrongPassword.into()),
            PasswordCheck::Unusable => {
                tracing::warn!(user.id = %user.id, "the stored password of a user cannot be used");
                return Err(PasswordRejection::WrongPassword.into());
            }
            PasswordCheck::Right | PasswordCheck::RightButOutdated => {}
        }
        if !user.is_active {
            return Err(PasswordRejection::Disabled.into());
        }
        if checked == PasswordCheck::RightButOutdated {
            let hashed = place.hash(password).await;
            drop(place);
            self.store_rehashed(&user, &verifier, hashed, now).await;
        }
        let user = UserAtLogin { user, factors };
        Ok(FirstFactor::new(user, AuthMethod::Password, now))
    }

    /// Stores the hash of the same password with the present parameters. A failure is only logged: a read-only
    /// database is enough to log in.
    async fn store_rehashed(
        &self,
        user: &User,
        old: &StoredVerifier,
        hashed: Result<StoredVerifier, HashingError>,
        now: DateTime<Utc>,
    ) {
        let new = match hashed {
            Ok(new) => new,
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "a password could not be rehashed");
                return;
            }
        };
        let kind = CredentialKind::Password;
        let replacing = self.store.replace_verifier(user.id, kind, (old, &new), now);
        match replacing.await {
            Ok(true) => audit!(AuditAction::Rehash, Done, user.id = %user.id),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "a password could not be rehashed");
            }
        }
    }
}

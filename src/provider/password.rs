//! Login by address and password.

use chrono::{DateTime, Utc};

use super::{Error, Refused};
use crate::{
    audit::{Act, audit},
    identity::{AuthMethod, EmailAddress, User, Verified, Verifier},
    limits::{Caller, Limited, Limits},
    network::Network,
    password::{Checked, Hasher, Place, PresentedPassword},
    store::{Store, WithPassword},
};

/// Verifies that a person knows the password of an account.
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
    ) -> Result<Verified, Error> {
        let caller = Caller::at(network).naming(email);
        let attempt = self.limits.look(Limited::Login, caller)?;
        let place = self.hasher.reserve(network)?;
        let receipt = attempt.charge()?;
        let verified = self.verify_admitted(email, password, place, now).await;
        match &verified {
            Ok(_) => receipt.forgive(),
            Err(error) => receipt.settle(error.is_ours()),
        }
        verified
    }

    async fn verify_admitted(
        &self,
        email: &EmailAddress,
        password: PresentedPassword,
        place: Place,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let found = self.store.user_with_password(email).await?;
        let verifier = found.as_ref().and_then(|found| found.verifier.as_ref());
        let checked = place.check(password.clone(), verifier).await?;

        let WithPassword { user, verifier } = found.ok_or(Refused::UnknownAddress)?;
        let verifier = verifier.ok_or(Refused::NoPassword)?;
        match checked {
            Checked::Wrong => return Err(Refused::WrongPassword.into()),
            Checked::Unusable => {
                tracing::warn!(user.id = %user.id, "the stored password of a user cannot be used");
                return Err(Refused::WrongPassword.into());
            }
            Checked::Right | Checked::RightButOutdated => {}
        }
        if !user.is_active {
            return Err(Refused::Disabled.into());
        }
        if checked == Checked::RightButOutdated {
            self.hash_again(&user, &verifier, password, place, now)
                .await;
        }
        Ok(Verified::new(user, vec![AuthMethod::Password], now))
    }

    /// Stores the same password with the present parameters. Best effort: the person is in
    /// already, and a database that takes no writes is enough to log in.
    async fn hash_again(
        &self,
        user: &User,
        old: &Verifier,
        password: PresentedPassword,
        place: Place,
        now: DateTime<Utc>,
    ) {
        let hashed = place.hash(password).await;
        drop(place);
        let new = match hashed {
            Ok(new) => new,
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "a password could not be rehashed");
                return;
            }
        };
        match self.store.replace_verifier(user.id, old, &new, now).await {
            Ok(true) => audit!(Act::Rehash, Done, user.id = %user.id),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "a password could not be rehashed");
            }
        }
    }
}

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
    /// hash, whether or not the user exists. No database connection is held while hashing. A replica that does not
    /// confirm the login costs one more read, at the primary, and one more hash if the password there is another.
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
            admission::admit_password::<Error>(&self.limits, &self.hasher, caller)?;
        let verified = self.verify_admitted(email, password, place, now).await;
        match &verified {
            Ok(_) => receipt.forgive(),
            Err(error) => receipt.settle(error.is_internal()),
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
        let mut checks = PasswordChecks {
            place: &place,
            password: &password,
            last: None,
        };
        let (found, checked) = match self.confirmed_by_replica(email, &mut checks).await? {
            Some(confirmed) => confirmed,
            None => {
                checks
                    .check(self.store.user_with_password(email).await?)
                    .await?
            }
        };
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

    /// Returns the row of a fresh replica and the check of the password, if they suffice for a login. `None` if only the
    /// primary can decide.
    async fn confirmed_by_replica(
        &self,
        email: &EmailAddress,
        checks: &mut PasswordChecks<'_>,
    ) -> Result<Option<CheckedUser>, Error> {
        let Some(replica) = self.store.fresh_replica() else {
            return Ok(None);
        };
        let Ok(found) = replica.user_with_password(email).await else {
            return Ok(None);
        };
        let (found, checked) = checks.check(found).await?;
        let is_right = matches!(
            checked,
            PasswordCheck::Right | PasswordCheck::RightButOutdated
        );
        let is_enough =
            |it: &UserWithPassword| it.user.is_active && !it.factors.turn_two_steps_on();
        let suffices = is_right && found.as_ref().is_some_and(is_enough);
        Ok(suffices.then_some((found, checked)))
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

/// A row, and the check of the password against its verifier.
type CheckedUser = (Option<UserWithPassword>, PasswordCheck);

/// The checks of one password against the rows of several servers.
struct PasswordChecks<'p> {
    place: &'p QueuePlace,
    password: &'p PresentedPassword,
    last: Option<(Option<StoredVerifier>, PasswordCheck)>,
}

impl PasswordChecks<'_> {
    /// Checks the password against the verifier of a row. The same verifier is not checked twice.
    async fn check(&mut self, found: Option<UserWithPassword>) -> Result<CheckedUser, Error> {
        let verifier = found.as_ref().and_then(|found| found.verifier.clone());
        let known = self.last.as_ref().filter(|(last, _)| *last == verifier);
        let checked = match known {
            Some((_, checked)) => *checked,
            None => {
                self.place
                    .check(self.password.clone(), verifier.as_ref())
                    .await?
            }
        };
        self.last = Some((verifier, checked));
        Ok((found, checked))
    }
}

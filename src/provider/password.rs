//! Login by email and password.

mod first_login;

use chrono::{DateTime, Utc};

use super::{Error, Migration, PasswordRejection};
use crate::{
    admission,
    audit::{AuditAction, audit},
    client::Acr,
    entropy::Entropy,
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
    /// The source of IDs and epochs of users who move here.
    pub entropy: Entropy,
    /// The service that is asked about emails without a user.
    pub migration: Option<Migration>,
}

impl PasswordProvider {
    /// Verifies an email and a password within the limits of logins. `least` is the lowest strength that the login needs.
    ///
    /// Every attempt costs one read and one hash, whether or not the user exists. No database connection is held while hashing. A replica that does not
    /// confirm the login costs one more read, at the primary, and one more hash if the password there is another.
    /// While users move here from another service, that service is asked about an email without a user, who is then
    /// created.
    ///
    /// # Errors
    /// The password is refused, a limit is reached, or the service or the service that users move from fails.
    /// Such a failure is not charged to logins.
    pub async fn verify(
        &self,
        email: &EmailAddress,
        password: PresentedPassword,
        (network, least): (Network, Acr),
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let caller = ChargedCaller::at(network).naming(email);
        let (place, receipt) =
            admission::admit_password::<Error>(&self.limits, &self.hasher, caller).await?;
        let checks = PasswordChecks::new(place, password);
        let verified = self
            .verify_admitted(email, checks, (network, least), now)
            .await;
        match &verified {
            Ok(_) => receipt.forgive().await,
            Err(error) => receipt.settle(error.is_internal()).await,
        }
        verified
    }

    async fn verify_admitted(
        &self,
        email: &EmailAddress,
        mut checks: PasswordChecks,
        (network, least): (Network, Acr),
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        // Of a user with one factor, only the primary says that there is no other.
        let confirmed = match least {
            Acr::OneFactor => self.confirmed_by_replica(email, &mut checks).await?,
            Acr::MultiFactor | Acr::PhishingResistant => None,
        };
        let found = match confirmed {
            Some(confirmed) => Some(confirmed),
            None => self.store.user_with_password(email).await?,
        };
        match &self.migration {
            Some(migration) if found.is_none() && !checks.password.has_nul() => {
                // The place is free while the other service is asked, which must not hold up other logins.
                let PasswordChecks {
                    password, place, ..
                } = checks;
                drop(place);
                let presented = (email, password);
                self.log_in_first(migration, presented, network, now).await
            }
            _ => self.verify_found(found, checks, now).await,
        }
    }

    /// Verifies the password of a found user. Without a user the work is the same.
    async fn verify_found(
        &self,
        found: Option<UserWithPassword>,
        mut checks: PasswordChecks,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let verifier = found.as_ref().and_then(|found| found.verifier.clone());
        let checked = checks.check(verifier).await?;
        let PasswordChecks {
            place, password, ..
        } = checks;
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

    /// Returns the row of a fresh replica, if it suffices for a login. `None` if only the primary can decide.
    async fn confirmed_by_replica(
        &self,
        email: &EmailAddress,
        checks: &mut PasswordChecks,
    ) -> Result<Option<UserWithPassword>, Error> {
        let Some(replica) = self.store.fresh_replica() else {
            return Ok(None);
        };
        let Ok(found) = replica.user_with_password(email).await else {
            return Ok(None);
        };
        let verifier = found.as_ref().and_then(|found| found.verifier.clone());
        let checked = checks.check(verifier).await?;
        let is_right = matches!(
            checked,
            PasswordCheck::Right | PasswordCheck::RightButOutdated
        );
        let is_enough =
            |it: &UserWithPassword| it.user.is_active && !it.factors.turn_two_steps_on();
        Ok(found.filter(|found| is_right && is_enough(found)))
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

/// The checks of one password against the rows of several servers.
struct PasswordChecks {
    place: QueuePlace,
    password: PresentedPassword,
    last: Option<(Option<StoredVerifier>, PasswordCheck)>,
}

impl PasswordChecks {
    fn new(place: QueuePlace, password: PresentedPassword) -> Self {
        Self {
            place,
            password,
            last: None,
        }
    }

    /// Checks the password against a verifier. The same verifier is not checked twice.
    async fn check(&mut self, verifier: Option<StoredVerifier>) -> Result<PasswordCheck, Error> {
        if let Some((last, checked)) = &self.last
            && *last == verifier
        {
            return Ok(*checked);
        }
        let password = self.password.clone();
        let checked = self.place.check(password, verifier.as_ref()).await?;
        self.last = Some((verifier, checked));
        Ok(checked)
    }
}

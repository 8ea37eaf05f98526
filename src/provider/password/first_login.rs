//! The first login of a user who moves here from another service.

use chrono::{DateTime, Utc};

use super::{Error, PasswordChecks, PasswordProvider};
use crate::{
    admission,
    audit::{AuditAction, audit},
    identity::{
        Account, AuthMethod, EmailAddress, FirstFactor, StoredVerifier, User, UserAtLogin, UserId,
    },
    network::Network,
    password::PresentedPassword,
    provider::{Migration, migration::MigratedUser},
    store::{CreateOutcome, NewUser},
};

impl PasswordProvider {
    /// Asks the other service about an email without a user, and creates the user whom it verifies. The password is
    /// hashed here even if the policy would refuse it. A refusal costs one hash, as for every unknown email.
    pub(super) async fn log_in_first(
        &self,
        migration: &Migration,
        (email, password): (&EmailAddress, PresentedPassword),
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<FirstFactor, Error> {
        let asking = async { Ok(migration.verify(email, &password).await?) };
        let was_asked =
            |error: &Error| matches!(error, Error::Migration(fault) if fault.was_asked());
        let asked = admission::ask_provider(&self.limits, network, was_asked, asking).await?;
        let place = self.hasher.reserve(network)?;
        let Some(migrated) = asked else {
            let checks = PasswordChecks::new(place, password);
            return self.verify_found(None, checks, now).await;
        };
        let verifier = place.hash(password.clone()).await?;
        let new = self.migrated_user(email, migrated, verifier, now)?;
        match self.store.create_user(&new).await? {
            CreateOutcome::Created => {
                migration.count_created();
                audit!(AuditAction::SignUp, Done, user.id = %new.user.id);
                let user = UserAtLogin::created(new.user);
                Ok(FirstFactor::new(user, AuthMethod::Password, now))
            }
            CreateOutcome::Taken => {
                // A concurrent login has created the user, or the account belongs to a user who has another email now.
                let found = self.store.user_with_password(email).await?;
                if found.is_none() {
                    tracing::warn!(
                        "the id in a response of migration.verify_url belongs to a user with another email: nobody is \
                         logged in. Send a different id for each user"
                    );
                }
                let checks = PasswordChecks::new(place, password);
                self.verify_found(found, checks, now).await
            }
        }
    }

    fn migrated_user(
        &self,
        email: &EmailAddress,
        migrated: MigratedUser,
        verifier: StoredVerifier,
        now: DateTime<Utc>,
    ) -> Result<NewUser, Error> {
        let id = UserId::new(now, &self.entropy)?;
        let mut user = User::new(id, email.clone(), migrated.name, now, &self.entropy)?;
        user.image = migrated.image;
        user.email_verified = migrated.is_email_verified.then_some(now);
        let mut new = NewUser::with_password(user, verifier, now, &self.entropy)?;
        if let Some(account) = &migrated.account {
            let account = Account::external(account, id, now, &self.entropy)?;
            new.accounts.push(account);
        }
        Ok(new)
    }
}

//! Login by address and password.

use chrono::{DateTime, Utc};

use super::{Error, Refused};
use crate::{
    audit::{Act, audit},
    identity::{AuthMethod, EmailAddress, User, Verified, Verifier},
    network::Network,
    password::{Checked, Hasher, PresentedPassword},
    store::{Store, WithPassword},
};

/// Verifies that a person knows the password of an account.
#[derive(Debug, Clone)]
pub struct PasswordProvider {
    store: Store,
    hasher: Hasher,
}

impl PasswordProvider {
    /// The provider of these users and this pool.
    pub fn new(store: Store, hasher: Hasher) -> Self {
        Self { store, hasher }
    }

    /// Verifies a login. One read and one hash, whoever asks and whatever is wrong; no connection
    /// is held while hashing.
    pub async fn verify(
        &self,
        email: &EmailAddress,
        password: PresentedPassword,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<Verified, Error> {
        let found = self.store.user_with_password(email).await?;
        let verifier = found.as_ref().and_then(|found| found.verifier.as_ref());
        let checked = self
            .hasher
            .check(password.clone(), verifier, network)
            .await?;

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
            self.hash_again(&user, &verifier, password, network, now)
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
        network: Network,
        now: DateTime<Utc>,
    ) {
        let new = match self.hasher.hash(password, network).await {
            Ok(new) => new,
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "a password was not hashed anew");
                return;
            }
        };
        match self.store.replace_verifier(user.id, old, &new, now).await {
            Ok(true) => audit!(Act::Rehash, Done, user.id = %user.id),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(user.id = %user.id, %error, "a password was not hashed anew");
            }
        }
    }
}

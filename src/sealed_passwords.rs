//! The secret parameters of imported password hashes: a pepper, and the signer key of Firebase. They are sealed into the
//! verifier of each user, as the secrets of authenticator apps are.

use chrono::{DateTime, Utc};

use crate::{
    clock::Clock,
    identity::CredentialKind,
    internal::InternalError,
    password::{HashSecrets, OpenedSecrets, SealedVerifier, SecretSealer, SecretsUnavailable},
    store::{PasswordRow, Store},
    token::{ResealReport, StoredSecret, Tokens},
};

/// The number of rows that are read at once.
const PAGE: u32 = 500;

impl StoredSecret for HashSecrets {
    const LABEL: &'static str = "password";
}

/// Seals and opens secret parameters by the master secrets.
#[derive(Debug, Clone)]
pub struct MasterSecretSealer {
    /// The tokens, which hold the master secrets.
    pub tokens: Tokens,
    /// The clock.
    pub clock: Clock,
}

impl SecretSealer for MasterSecretSealer {
    fn seal(&self, secrets: &HashSecrets) -> Result<String, SecretsUnavailable> {
        let sealed = self.tokens.seal_at_rest(secrets, self.clock.now());
        sealed.map_err(|_| SecretsUnavailable)
    }

    fn open<'a>(&'a self, sealed: &'a str) -> OpenedSecrets<'a> {
        Box::pin(async {
            let opened = self.tokens.open_at_rest(sealed, self.clock.now());
            opened.await.map_err(|_| SecretsUnavailable)
        })
    }
}

/// The passwords with sealed parameters.
#[derive(Debug, Clone)]
pub struct SealedPasswords {
    /// The users.
    pub store: Store,
    /// The tokens, which hold the master secrets.
    pub tokens: Tokens,
}

impl SealedPasswords {
    /// Returns true if a user has such a password.
    ///
    /// # Errors
    /// The database fails.
    pub async fn any(store: &Store) -> Result<bool, InternalError> {
        let rows = store.passwords_starting(SealedVerifier::PREFIX, None, 1);
        Ok(!rows.await?.is_empty())
    }

    /// Seals all parameters again that the present master secret has not sealed. A row that a login replaces meanwhile has no
    /// sealed parameters any more.
    ///
    /// # Errors
    /// The database fails, or the service cannot seal. Rows that were sealed again stay so.
    pub async fn reseal(&self, now: DateTime<Utc>) -> Result<ResealReport, InternalError> {
        let mut report = ResealReport::default();
        let mut after = None;
        loop {
            let prefix = SealedVerifier::PREFIX;
            let rows = self.store.passwords_starting(prefix, after, PAGE).await?;
            let Some(last) = rows.last() else {
                return Ok(report);
            };
            after = Some(last.user_id);
            for row in &rows {
                self.reseal_row(row, &mut report, now).await?;
            }
        }
    }

    async fn reseal_row(
        &self,
        PasswordRow { user_id, verifier }: &PasswordRow,
        report: &mut ResealReport,
        now: DateTime<Utc>,
    ) -> Result<(), InternalError> {
        let Some(stored) = SealedVerifier::parse(verifier) else {
            return Ok(());
        };
        report.found += 1;
        if self.tokens.is_sealed_now(stored.sealed(), now) {
            return Ok(());
        }
        let opened = self
            .tokens
            .open_at_rest::<HashSecrets>(stored.sealed(), now);
        let Ok(secrets) = opened.await else {
            tracing::warn!(user.id = %user_id, "the secret parameters of a password cannot be opened");
            report.unreadable += 1;
            return Ok(());
        };
        let new = stored.with(&self.tokens.seal_at_rest(&secrets, now)?);
        let (kind, change) = (CredentialKind::Password, (verifier, &new));
        let swapping = self.store.replace_verifier(*user_id, kind, change, now);
        report.resealed += u64::from(swapping.await?);
        Ok(())
    }
}

//! Seals the stored secrets of authenticator apps again, before the master secret that sealed them is removed.

use chrono::{DateTime, Utc};

use super::SecondFactors;
use crate::{
    identity::{CredentialKind, StoredVerifier},
    internal::InternalError,
    store::TotpRow,
    token::ResealReport,
};

/// The number of rows that are read at once.
const PAGE: u32 = 500;

impl SecondFactors {
    /// Seals every stored secret again that the present master secret has not sealed. A row that a login replaces
    /// meanwhile is sealed by that login.
    ///
    /// # Errors
    /// The database fails, or the service cannot seal. Rows that were sealed again stay so.
    pub async fn reseal(&self, now: DateTime<Utc>) -> Result<ResealReport, InternalError> {
        let mut report = ResealReport::default();
        let mut after = None;
        loop {
            let rows = self.store.totp_rows(after, PAGE).await?;
            let Some(last) = rows.last() else {
                return Ok(report);
            };
            after = Some(last.user_id);
            for row in &rows {
                report.found += 1;
                if !self.tokens.is_sealed_now(row.verifier.expose(), now) {
                    self.reseal_row(row, &mut report, now).await?;
                }
            }
        }
    }

    async fn reseal_row(
        &self,
        TotpRow { user_id, verifier }: &TotpRow,
        report: &mut ResealReport,
        now: DateTime<Utc>,
    ) -> Result<(), InternalError> {
        let Ok(totp) = self.open_totp(*user_id, verifier, now).await else {
            tracing::warn!(user.id = %user_id, "a stored secret cannot be opened");
            report.unreadable += 1;
            return Ok(());
        };
        let new = StoredVerifier::new(self.tokens.seal_at_rest(&totp, now)?);
        let (kind, change) = (CredentialKind::Totp, (verifier, &new));
        let swapping = self.store.replace_verifier(*user_id, kind, change, now);
        report.resealed += u64::from(swapping.await?);
        Ok(())
    }
}

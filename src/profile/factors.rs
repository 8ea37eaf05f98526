//! The second factors of a user: enrolled, removed and listed by the user, and reset by an operator.

mod totp;

use chrono::{DateTime, Utc};

pub(super) use self::totp::KIND;
pub use self::totp::TotpEnrolment;
use super::{Error, ListedPasskey, ProfileService, Requester};
use crate::{
    audit::{AuditAction, audit},
    identity::{Credential, CredentialKind, User},
    locale::Locale,
    mail::{self, MailKind},
    second_factor::RecoveryCodes,
    store::FactorChange,
    token::Access,
};

/// The second factors of a user.
#[derive(Debug, Clone)]
pub struct FactorList {
    /// The passkeys, the oldest first.
    pub passkeys: Vec<ListedPasskey>,
    /// The time at which the authenticator app was set up.
    pub totp: Option<DateTime<Utc>>,
    /// The number of recovery codes that were not used, and the time at which they were created.
    pub recovery_codes: Option<(usize, DateTime<Utc>)>,
}

impl ProfileService {
    /// Returns the second factors of the session's user.
    ///
    /// # Errors
    /// The session has ended, or the service fails.
    pub async fn factors(&self, session: &Access) -> Result<FactorList, Error> {
        let found = self.store.user_and_factors(session.sub).await?;
        let found = found
            .filter(|found| found.user.accepts_epoch(session.epoch))
            .ok_or(Error::Ended)?;
        let codes = found.recovery_codes.map(|codes| {
            let remaining = RecoveryCodes::stored(&codes.verifier).remaining();
            (remaining, codes.created_at)
        });
        let passkeys = self.list_passkeys(session).await?;
        Ok(FactorList {
            passkeys,
            totp: found.totp.map(|totp| totp.created_at),
            recovery_codes: codes,
        })
    }

    /// Creates recovery codes, which replace the earlier ones, and notifies the user. Returns them as the user sees them, once.
    ///
    /// # Errors
    /// The requester is not authorised (see `ProfileService::authorise`), the user has no other factor, or the service
    /// fails.
    pub async fn create_recovery_codes(
        &self,
        requester: Requester<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, Error> {
        let (session, locale) = (requester.session, requester.locale);
        let page = self.security_page(&requester)?;
        let user = self.authorise(requester, now).await?;
        let (shown, codes) = RecoveryCodes::fresh(&self.entropy)?;
        let (kind, verifier) = (CredentialKind::RecoveryCodes, codes.verifier());
        let credential = Credential::new(user.id, kind, verifier, now, &self.entropy)?;
        let epoch = user.session_epoch;
        let setting = self.store.set_recovery_codes_if(epoch, &credential, now);
        match setting.await? {
            FactorChange::Done => {}
            FactorChange::Refused => return Err(Error::NoSecondFactor),
            FactorChange::Ended => return Err(Error::Ended),
        }
        let notice = MailKind::RecoveryCodesCreated { page };
        self.notify(&user.email, locale, notice).await;
        audit!(AuditAction::RecoveryCodesCreate, Done, user.id = %user.id, sid = %session.sid);
        Ok(shown)
    }

    /// Notifies a user that an administrator has removed the second factors.
    pub async fn notify_factors_reset(&self, user: &User, locale: Locale, client_id: Option<&str>) {
        let page = mail::security_page(self.tokens.issuer(), locale, client_id);
        self.notify(&user.email, locale, MailKind::FactorsReset { page })
            .await;
    }
}

//! The second step of a login: one read, and one compare-and-swap that claims the code.

use chrono::{DateTime, Utc};

use super::{
    ContinuationRejection, Error, FactorRejection, LoginContinuation, PresentedFactor,
    RecoveryCode, RecoveryCodes, SecondFactors, StoredTotp, TotpCode,
};
use crate::{
    audit::{AuditAction, audit},
    identity::{AuthMethod, CredentialKind, StoredVerifier, User, UserId, Verified},
    internal::InternalError,
    limits::{ChargedCaller, LimitedAction},
    locale::Locale,
    mail::{self, MailKind, Message},
    network::Network,
    store::{StoredFactor, UserWithFactors},
    token::{SealedToken, TokenRejection},
};

/// The number of attempts to claim a recovery code.
const ATTEMPTS: usize = 3;

/// The factor that completed a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsedFactor {
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode {
        /// The number of codes that remain.
        remaining: usize,
    },
}

/// A login that both factors have completed.
#[derive(Debug, Clone)]
pub struct CompletedLogin {
    /// The user, with the methods of both steps.
    pub verified: Verified,
    /// The factor of the second step.
    pub used: UsedFactor,
}

impl SecondFactors {
    /// Verifies a second factor within the limit of the user, and claims it. Failures stay charged.
    ///
    /// # Errors
    /// The login cannot go on, the factor is refused, the limit is reached, or the service fails. A fault of the service
    /// is not charged.
    pub async fn verify(
        &self,
        login: &SealedToken<LoginContinuation>,
        presented: PresentedFactor,
        (network, locale): (Network, Locale),
        now: DateTime<Utc>,
    ) -> Result<CompletedLogin, Error> {
        let continuation = &login.claims;
        let caller = ChargedCaller::at(network).acting_for(continuation.sub);
        let receipt = self
            .limits
            .charge(LimitedAction::SecondFactor, caller)
            .await?;
        let completed = self.complete(continuation, &presented, now).await;
        match &completed {
            Err(Error::Refused(_)) => receipt.keep(),
            _ => receipt.give_back().await,
        }
        let completed = completed?;
        if let UsedFactor::RecoveryCode { remaining } = completed.used {
            let user = completed.verified.user();
            audit!(AuditAction::RecoveryCodeUse, Done, user.id = %user.id, remaining);
            self.notify(user, (locale, &login.client_id), remaining)
                .await;
        }
        Ok(completed)
    }

    /// Completes a login. The use of another recovery code at the same time replaces the row that holds both, so a
    /// recovery code is tried again.
    async fn complete(
        &self,
        continuation: &LoginContinuation,
        presented: &PresentedFactor,
        now: DateTime<Utc>,
    ) -> Result<CompletedLogin, Error> {
        for _ in 1..ATTEMPTS {
            let completed = self.complete_once(continuation, presented, now).await;
            let is_recovery = matches!(presented, PresentedFactor::RecoveryCode(_));
            match completed {
                Err(Error::Refused(FactorRejection::Used)) if is_recovery => {}
                completed => return completed,
            }
        }
        self.complete_once(continuation, presented, now).await
    }

    async fn complete_once(
        &self,
        continuation: &LoginContinuation,
        presented: &PresentedFactor,
        now: DateTime<Utc>,
    ) -> Result<CompletedLogin, Error> {
        let found = self.store.user_and_factors(continuation.sub).await?;
        let UserWithFactors {
            user,
            totp,
            recovery_codes,
        } = found
            .filter(|found| continuation.goes_on_for(&found.user))
            .ok_or(ContinuationRejection::Ended)?;
        let user_id = user.id;
        let methods = [AuthMethod::OneTimeCode, AuthMethod::MultiFactor];
        let verified = continuation.completed_by(user, &methods)?;
        let used = match presented {
            PresentedFactor::Totp(code) => self.claim_step(user_id, totp, code, now).await?,
            PresentedFactor::RecoveryCode(code) => {
                self.claim_code(user_id, recovery_codes, code, now).await?
            }
        };
        Ok(CompletedLogin { verified, used })
    }

    /// Claims the step of a code of an authenticator app, and seals the row again.
    async fn claim_step(
        &self,
        user_id: UserId,
        stored: Option<StoredFactor>,
        code: &TotpCode,
        now: DateTime<Utc>,
    ) -> Result<UsedFactor, Error> {
        let old = stored.ok_or(FactorRejection::Missing)?.verifier;
        let totp = self.open_totp(user_id, &old, now).await?;
        let step = totp.secret.step_of(code, now);
        let step = step.ok_or(FactorRejection::Wrong)?;
        if step <= totp.last_step {
            return Err(FactorRejection::Used.into());
        }
        let claimed = StoredTotp {
            last_step: step,
            ..totp
        };
        let new = StoredVerifier::new(self.tokens.seal_at_rest(&claimed, now)?);
        self.swap(user_id, CredentialKind::Totp, (&old, &new), now)
            .await?;
        Ok(UsedFactor::Totp)
    }

    /// Claims a recovery code.
    async fn claim_code(
        &self,
        user_id: UserId,
        stored: Option<StoredFactor>,
        code: &RecoveryCode,
        now: DateTime<Utc>,
    ) -> Result<UsedFactor, Error> {
        let old = stored.ok_or(FactorRejection::Missing)?.verifier;
        let left = RecoveryCodes::stored(&old).without(code);
        let left = left.ok_or(FactorRejection::Wrong)?;
        let new = left.verifier();
        self.swap(user_id, CredentialKind::RecoveryCodes, (&old, &new), now)
            .await?;
        Ok(UsedFactor::RecoveryCode {
            remaining: left.remaining(),
        })
    }

    /// Replaces the row that was read. A concurrent use has replaced it before, or the factor was removed.
    async fn swap(
        &self,
        user_id: UserId,
        kind: CredentialKind,
        change: (&StoredVerifier, &StoredVerifier),
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let swapping = self.store.replace_verifier(user_id, kind, change, now);
        if swapping.await? {
            Ok(())
        } else {
            Err(FactorRejection::Used.into())
        }
    }

    /// Opens the stored secret of an authenticator app.
    ///
    /// # Errors
    /// The secret cannot be opened, which is a fault of the service.
    pub async fn open_totp(
        &self,
        user_id: UserId,
        stored: &StoredVerifier,
        now: DateTime<Utc>,
    ) -> Result<StoredTotp, InternalError> {
        let opened = self.tokens.open_at_rest::<StoredTotp>(stored.expose(), now);
        let totp = opened.await.map_err(InternalError::StoredSecret)?;
        if totp.sub == user_id {
            Ok(totp)
        } else {
            Err(InternalError::StoredSecret(TokenRejection::Claims))
        }
    }

    /// Notifies the user that a recovery code was used.
    async fn notify(&self, user: &User, (locale, client_id): (Locale, &str), remaining: usize) {
        let kind = MailKind::RecoveryCodeUsed {
            page: mail::security_page(self.tokens.issuer(), locale, Some(client_id)),
            remaining: remaining.to_string(),
        };
        if self.mailer.check().is_ok() && self.limits.may_notify(kind.name(), &user.email).await {
            self.mailer.send(Message {
                to: user.email.clone(),
                locale,
                kind,
            });
        }
    }
}

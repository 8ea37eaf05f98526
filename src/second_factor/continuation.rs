//! The continuation of a login after its first step: sealed, so that any node completes the login and no row is stored.

use chrono::{DateTime, TimeDelta, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use super::{ContinuationRejection, Error, SecondFactors};
use crate::{
    client::{AuthorizationRequest, CodeChallenge, Scope},
    identity::{AuthMethod, Epoch, FirstFactor, SecondFactorKind, User, UserId, Verified},
    token::{MintError, SealedPurpose, SealedToken, TokenForm, TokenKind, TokenRejection},
};

/// The time for the second step.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// The claims of a continuation: the user, the first factor, and the login to complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginContinuation {
    pub(super) sub: UserId,
    /// The epoch at the first step. A change of password, email or factors ends the login.
    pub(super) epoch: Epoch,
    #[serde(with = "ts_seconds")]
    pub(super) auth_time: DateTime<Utc>,
    pub(super) amr: Vec<String>,
    /// The factors that complete the login.
    pub kinds: Vec<SecondFactorKind>,
    /// The requested scope, for a login by the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// The page that continues the login. `None` for a login by the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<ContinuedPage>,
}

/// A login on hosted pages, which only its browser continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContinuedPage {
    /// The challenge of the secret in the login cookie.
    pub code_challenge: CodeChallenge,
    /// The authorization request. `None` for a login at the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AuthorizationRequest>,
}

impl LoginContinuation {
    /// Returns the user of the login.
    pub fn user_id(&self) -> UserId {
        self.sub
    }

    /// Returns whether the login goes on: the user is enabled, and neither password nor email nor factors have changed.
    pub fn goes_on_for(&self, user: &User) -> bool {
        user.accepts_epoch(self.epoch)
    }

    /// Returns the completed login of the user: by the methods of the first step, and by these.
    ///
    /// # Errors
    /// The continuation has an unknown method.
    pub fn completed_by(
        &self,
        user: User,
        methods: &[AuthMethod],
    ) -> Result<Verified, ContinuationRejection> {
        let first = self.amr.iter().map(|word| word.parse::<AuthMethod>());
        let first = first
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| ContinuationRejection::Token(TokenRejection::Claims))?;
        let added = methods.iter().filter(|method| !first.contains(method));
        let all = first.iter().chain(added).copied().collect();
        Ok(Verified::new(user, all, self.auth_time))
    }
}

impl SealedPurpose for LoginContinuation {
    const PURPOSE: &'static str = "second-factor";
}

/// A login that waits for its second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSecondFactor {
    /// The sealed continuation.
    pub continuation: String,
    /// The factors that complete the login.
    pub kinds: Vec<SecondFactorKind>,
    /// The time that is left.
    pub expires_in: TimeDelta,
}

impl SecondFactors {
    /// The sealed token of a continuation, and how long it is valid.
    pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<LoginContinuation>::FORM, LIFETIME);

    /// Seals the continuation of a login, by the API with a scope or on a page.
    ///
    /// # Errors
    /// The service cannot seal.
    pub fn ask(
        &self,
        first: &FirstFactor,
        client_id: &str,
        (scope, page): (Option<Scope>, Option<ContinuedPage>),
        now: DateTime<Utc>,
    ) -> Result<PendingSecondFactor, MintError> {
        let kinds = first.factors().kinds();
        let continuation = LoginContinuation {
            sub: first.user().id,
            epoch: first.user().session_epoch,
            auth_time: first.at(),
            amr: first.amr(),
            kinds: kinds.clone(),
            scope,
            page,
        };
        Ok(PendingSecondFactor {
            continuation: self.tokens.seal(continuation, client_id, LIFETIME, now)?,
            kinds,
            expires_in: LIFETIME,
        })
    }

    /// Opens the continuation of a login by the API, or with the secret of its login cookie, of a login on a page.
    ///
    /// # Errors
    /// The continuation is expired or forged, belongs to another browser, or cannot be opened now.
    pub async fn open(
        &self,
        continuation: &str,
        login_cookie: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<LoginContinuation>, Error> {
        let opened = self.open_either(continuation, login_cookie, now).await?;
        if opened.claims.page.is_some() == login_cookie.is_some() {
            Ok(opened)
        } else {
            Err(ContinuationRejection::Elsewhere.into())
        }
    }

    /// Opens the continuation of a login by the API, or of a login on a page of the browser with that login cookie. It
    /// suffices for a challenge, and not for the end of a login.
    ///
    /// # Errors
    /// The continuation is expired or forged, belongs to another browser, or cannot be opened now.
    pub async fn open_either(
        &self,
        continuation: &str,
        login_cookie: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<LoginContinuation>, Error> {
        let opened: SealedToken<LoginContinuation> = self.tokens.unseal(continuation, now).await?;
        let is_here = opened.claims.page.as_ref().is_none_or(|page| {
            login_cookie.is_some_and(|secret| page.code_challenge.is_met_by(secret))
        });
        if is_here {
            Ok(opened)
        } else {
            Err(ContinuationRejection::Elsewhere.into())
        }
    }
}

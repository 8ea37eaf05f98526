//! Single sign-on: a session at the issuer, sealed in a cookie that the browser alone holds. A login by it
//! reads one row and writes nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    client::{Acr, Client, ValidatedRequest},
    config::SsoConfig,
    entropy::Entropy,
    identity::{AuthMethod, UserId, Verified},
    internal::InternalError,
    store::Store,
    token::{SealedPurpose, SealedToken, SsoSession, TokenForm, TokenKind, TokenRejection, Tokens},
};

/// The most clients that a session lists. The one that was used least recently is dropped.
const MAX_CLIENTS: usize = 16;

/// A session that was found in the cookie and whose user was read.
#[derive(Debug)]
pub struct ResumedSession {
    /// The user and the login, with the original `auth_time` and methods.
    pub verified: Verified,
    /// The session.
    pub session: SsoSession,
}

/// The session at the issuer after a login on a hosted page.
#[derive(Debug)]
pub struct BegunSession {
    /// The session of the login. `None` if single sign-on is disabled.
    pub session: Option<SsoSession>,
    /// The session of another user whose cookie is replaced.
    pub replaced: Option<SsoSession>,
}

/// The answer to a request, as far as the session at the issuer determines it.
#[derive(Debug)]
pub enum SsoDecision {
    /// The user has to log in. The browser may present a session that does not suffice.
    LogIn(Option<Box<SsoSession>>),
    /// The session belongs to another user than the ID token hint.
    OtherUser,
    /// The session suffices.
    Session(Box<ResumedSession>),
}

/// The ID token hint of a request (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdTokenHint {
    /// The request has no hint.
    Absent,
    /// The hint is an ID token of that user for the client.
    User {
        /// The user.
        user: UserId,
        /// The user in a form that only this service reads, for the links between pages.
        sealed: String,
    },
    /// The hint cannot be verified any more: its key is not published, or the link that carries its user has expired.
    Outdated,
    /// The hint is forged, malformed, or for another client.
    Invalid,
}

/// The user of an ID token hint, as the links between the pages of a login carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct HintedUser {
    sub: UserId,
}

impl SealedPurpose for HintedUser {
    const PURPOSE: &'static str = "hinted-user";
}

/// The time in which a user may follow links between the pages of a login.
const HINT_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// Begins, resumes and renews sessions at the issuer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SingleSignOn {
    /// The tokens, which seal sessions.
    pub tokens: Tokens,
    /// The users.
    pub store: Store,
    /// The source of session identifiers.
    pub entropy: Entropy,
    /// The settings.
    pub config: SsoConfig,
}

impl SingleSignOn {
    /// The sealed token of the user of an ID token hint, and how long it is valid.
    pub const HINT_KIND: (TokenForm, TimeDelta) = (SealedToken::<HintedUser>::FORM, HINT_LIFETIME);

    /// The session of a login on a hosted page. If the browser presents a session of the same user, its `sid` and its
    /// clients go on, so that a logout reaches them; otherwise the `sid` is fresh.
    ///
    /// # Errors
    /// The service has no randomness.
    pub fn begin(
        &self,
        verified: &Verified,
        presented: Option<SsoSession>,
        now: DateTime<Utc>,
    ) -> Result<BegunSession, InternalError> {
        let user = verified.user();
        let (session, replaced) = match presented {
            Some(other) if other.sub != user.id => (None, Some(other)),
            presented => (presented, None),
        };
        if !self.config.is_enabled {
            return Ok(BegunSession {
                session: None,
                replaced,
            });
        }
        let abs_exp = now + self.config.absolute;
        let (sid, clients) = match session.filter(|it| user.accepts_epoch(it.epoch)) {
            Some(session) => (session.sid, session.clients),
            None => (self.entropy.identifier()?, Vec::new()),
        };
        let session = SsoSession {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: user.id,
            epoch: user.session_epoch,
            sid,
            iat: now,
            exp: (now + self.config.idle).min(abs_exp),
            began: now,
            abs_exp,
            auth_time: verified.at(),
            amr: verified.amr(),
            clients,
        };
        Ok(BegunSession {
            session: Some(session),
            replaced,
        })
    }

    /// Opens the cookie without reading the user. `None` if it is expired, forged, or from a session that
    /// the browser has ended.
    ///
    /// # Errors
    /// This node cannot verify the cookie now: its key is newer than those that were read, or the clock of this
    /// node is behind. The session may be valid.
    pub async fn open(
        &self,
        cookie: &str,
        ended: &[String],
        now: DateTime<Utc>,
    ) -> Result<Option<SsoSession>, InternalError> {
        if !self.config.is_enabled {
            return Ok(None);
        }
        let opened = self.tokens.verify_or_catch_up::<SsoSession>(cookie, now);
        match opened.await {
            Ok(session) => {
                let is_over = ended.contains(&session.sid) || self.has_expired(&session, now);
                Ok((!is_over).then_some(session))
            }
            Err(rejected) => InternalError::unverifiable(rejected).map_or(Ok(None), Err),
        }
    }

    /// Returns whether a session is older than the settings allow, which may be shorter now than when it was sealed.
    fn has_expired(&self, session: &SsoSession, now: DateTime<Utc>) -> bool {
        now >= session.began + self.config.absolute || now >= session.iat + self.config.idle
    }

    /// Reads the user of a session. `None` if the user is gone or disabled, or has ended all sessions.
    ///
    /// # Errors
    /// The database failed.
    pub async fn resume(
        &self,
        session: SsoSession,
    ) -> Result<Option<ResumedSession>, InternalError> {
        let user = self.store.user_of_epoch(session.sub, session.epoch).await?;
        let Some(user) = user.filter(|user| user.accepts_epoch(session.epoch)) else {
            return Ok(None);
        };
        let methods = session.amr.iter().map(|word| word.parse::<AuthMethod>());
        let Ok(methods) = methods.collect::<Result<Vec<_>, _>>() else {
            tracing::warn!("a session at the issuer names a login method of another release");
            return Ok(None);
        };
        let verified = Verified::new(user, methods, session.auth_time);
        Ok(Some(ResumedSession { verified, session }))
    }

    /// Returns the time after which the browser drops the cookie of a session that is sealed now.
    pub fn cookie_lifetime(&self, session: &SsoSession, now: DateTime<Utc>) -> TimeDelta {
        let remaining = session.abs_exp.signed_duration_since(now);
        self.config.idle.min(remaining).max(TimeDelta::zero())
    }

    /// Decides whether the session at the issuer suffices for a request: it satisfies `prompt=login`, `max_age`,
    /// `acr_values`, the strength that the client requires and the ID token hint, and a login of the client may still
    /// belong to it. Reads the user only if so.
    ///
    /// # Errors
    /// The database failed.
    pub async fn decide(
        &self,
        session: Option<SsoSession>,
        ValidatedRequest { request, hints }: &ValidatedRequest,
        client: &Client,
        now: DateTime<Utc>,
    ) -> Result<SsoDecision, InternalError> {
        let Some(session) = session else {
            return Ok(SsoDecision::LogIn(None));
        };
        let acr = Acr::of(&session.amr);
        let is_strong = acr >= client.min_acr && request.acr.is_none_or(|least| acr >= least);
        let suffices = !request.needs_login
            && is_strong
            && session.is_within(hints.max_age, now)
            && now < session.began + client.refresh_absolute;
        if !suffices {
            return Ok(SsoDecision::LogIn(Some(Box::new(session))));
        }
        if !request.may_log_in(&session.sub.to_string()) {
            return Ok(SsoDecision::OtherUser);
        }
        let resumed = self.resume(session).await?;
        Ok(resumed.map_or(SsoDecision::LogIn(None), |it| {
            SsoDecision::Session(Box::new(it))
        }))
    }

    /// Opens the ID token hint of a request, which may have expired, or the sealed user of an earlier one. The hint
    /// has to be for the client of the request.
    ///
    /// # Errors
    /// This node cannot verify or seal tokens now.
    pub async fn open_hint(
        &self,
        ValidatedRequest { request, hints }: &ValidatedRequest,
        now: DateTime<Utc>,
    ) -> Result<IdTokenHint, InternalError> {
        let opened = if let Some(hint) = &hints.id_token_hint {
            let verified = self.tokens.verify_hint(hint, now);
            verified.map(|claims| (claims.aud, claims.sub, None))
        } else if let Some(sealed) = &hints.sealed_hint {
            let opened = self.tokens.unseal::<HintedUser>(sealed, now).await;
            opened.map(|it| (it.client_id, it.claims.sub, Some(sealed.clone())))
        } else {
            return Ok(IdTokenHint::Absent);
        };
        match opened {
            Ok((client_id, _, _)) if client_id != request.client_id => Ok(IdTokenHint::Invalid),
            Ok((client_id, user, sealed)) => {
                let sealed = if let Some(sealed) = sealed {
                    sealed
                } else {
                    let hinted = HintedUser { sub: user };
                    self.tokens.seal(hinted, &client_id, HINT_LIFETIME, now)?
                };
                Ok(IdTokenHint::User { user, sealed })
            }
            Err(TokenRejection::UnknownKey | TokenRejection::Expired) => Ok(IdTokenHint::Outdated),
            Err(rejected) => {
                InternalError::unverifiable(rejected).map_or(Ok(IdTokenHint::Invalid), Err)
            }
        }
    }

    /// Seals the session after a login of that client: its idle time begins again, and the client becomes
    /// the one that was used last.
    ///
    /// # Errors
    /// The service cannot seal.
    pub fn seal(
        &self,
        session: &SsoSession,
        client_id: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<String, InternalError> {
        let mut session = session.clone();
        if let Some(client_id) = client_id {
            session.clients.retain(|it| it != client_id);
            session.clients.push(client_id.to_owned());
            let excess = session.clients.len().saturating_sub(MAX_CLIENTS);
            session.clients.drain(..excess);
        }
        session.iat = now;
        session.abs_exp = session.abs_exp.min(session.began + self.config.absolute);
        session.exp = (now + self.config.idle).min(session.abs_exp);
        Ok(self.tokens.mint(&session, now)?)
    }
}

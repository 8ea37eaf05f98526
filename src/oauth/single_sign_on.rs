//! Single sign-on: a session at the issuer, sealed in a cookie that the browser alone holds. A login by it
//! reads one row and writes nothing.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    config::SsoConfig,
    entropy::Entropy,
    identity::{AuthMethod, UserId, Verified},
    internal::InternalError,
    store::Store,
    token::{SsoSession, Tokens},
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
    /// The session of a login on a hosted page. Its `sid` is fresh, whatever session the browser had
    /// before. `None` if single sign-on is disabled.
    ///
    /// # Errors
    /// The service has no randomness.
    pub fn begin(
        &self,
        verified: &Verified,
        now: DateTime<Utc>,
    ) -> Result<Option<SsoSession>, InternalError> {
        if !self.config.is_enabled {
            return Ok(None);
        }
        let abs_exp = now + self.config.absolute;
        Ok(Some(SsoSession {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: verified.user().id,
            epoch: verified.user().session_epoch,
            sid: self.entropy.identifier()?,
            iat: now,
            exp: (now + self.config.idle).min(abs_exp),
            began: now,
            abs_exp,
            auth_time: verified.at(),
            amr: verified.amr(),
            clients: Vec::new(),
        }))
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
            Ok(session) => Ok((!ended.contains(&session.sid)).then_some(session)),
            Err(rejected) => InternalError::unverifiable(rejected).map_or(Ok(None), Err),
        }
    }

    /// Reads the user of a session. `None` if the user is gone or disabled, or has ended all sessions.
    ///
    /// # Errors
    /// The database failed.
    pub async fn resume(
        &self,
        session: SsoSession,
    ) -> Result<Option<ResumedSession>, InternalError> {
        let user = self.store.user(session.sub).await?;
        let Some(user) = user.filter(|user| user.accepts_epoch(session.epoch)) else {
            return Ok(None);
        };
        let methods = session.amr.iter().map(|word| word.parse::<AuthMethod>());
        let Ok(methods) = methods.collect::<Result<Vec<_>, _>>() else {
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

    /// Returns the user of an ID token hint, which may have expired. `None` if the hint does not verify.
    ///
    /// # Errors
    /// This node cannot verify tokens now.
    pub fn hinted_user(
        &self,
        hint: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<UserId>, InternalError> {
        match self.tokens.verify_hint(hint, now) {
            Ok(claims) => Ok(Some(claims.sub)),
            Err(rejected) => InternalError::unverifiable(rejected).map_or(Ok(None), Err),
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
        session.exp = (now + self.config.idle).min(session.abs_exp);
        Ok(self.tokens.mint(&session, now)?)
    }
}

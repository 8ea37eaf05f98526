//! Logs a browser out, or a user everywhere.

use chrono::{DateTime, Utc};

use super::{Error, SessionRefusal, Sessions};
use crate::{
    audit::{AuditAction, audit},
    client::{Client, TokenTransport},
    identity::{Epoch, UserId},
    internal::InternalError,
    token::Access,
};

/// The session tokens that a browser presents.
#[derive(Debug, Clone, Copy)]
pub struct PresentedTokens<'a> {
    /// The refresh tokens.
    pub refresh: [Option<&'a str>; 2],
    /// The access token.
    pub access: Option<&'a str>,
}

/// A login of a browser, which ends or has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOut {
    /// The ID of the login.
    pub sid: String,
    /// The user who is logged in.
    pub user: UserId,
    /// The user's `session_epoch` at the login.
    pub epoch: Epoch,
    /// The time at which the login would have ended anyway.
    pub until: DateTime<Utc>,
}

impl Sessions {
    /// Returns the logins of a browser of that client.
    ///
    /// # Errors
    /// This node cannot verify one of the tokens now. The token may be valid, and its login must be
    /// remembered as ended.
    pub async fn logins(
        &self,
        client: &Client,
        presented: PresentedTokens<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<LoggedOut>, InternalError> {
        let mut ended: Vec<LoggedOut> = Vec::new();
        for token in presented.refresh.into_iter().flatten() {
            match self.continued(token, now).await {
                Ok(login) if ended.iter().any(|ended| ended.sid == login.sid) => {}
                Ok(login) => ended.push(LoggedOut {
                    sid: login.sid,
                    user: login.sub,
                    epoch: login.epoch,
                    until: login.abs_exp,
                }),
                Err(rejected) => InternalError::unverifiable(rejected).map_or(Ok(()), Err)?,
            }
        }
        let access = presented.access;
        match access.map(|token| self.presented(token, TokenTransport::Cookie, now)) {
            Some(Ok(session)) if ended.iter().all(|ended| ended.sid != session.sid) => {
                // The login had begun when this token was minted, so it ends no later than this.
                let until = session.iat.checked_add_signed(client.refresh_absolute);
                ended.push(LoggedOut {
                    sid: session.sid,
                    user: session.sub,
                    epoch: session.epoch,
                    until: until.unwrap_or(session.exp),
                });
            }
            Some(Err(Error::Internal(fault))) => return Err(fault),
            _ => {}
        }
        Ok(ended)
    }

    /// Ends every session of the user, this one included, by one conditional write, and notifies the clients.
    ///
    /// # Errors
    /// The session has ended, so it can end nothing, or the service fails.
    pub async fn end_everywhere(&self, session: &Access, now: DateTime<Utc>) -> Result<(), Error> {
        let login = (session.sid.as_str(), session.epoch);
        if !self.end_all_of(session.sub, login, now).await? {
            return Err(SessionRefusal::Ended.into());
        }
        Ok(())
    }

    /// Ends every session of the user of a login, given by its `sid` and its epoch, by one conditional write.
    /// Notifies the clients. Returns false, and ends nothing, if the login itself has ended.
    ///
    /// # Errors
    /// The service has no randomness, or the database failed.
    pub async fn end_all_of(
        &self,
        user: UserId,
        (sid, epoch): (&str, Epoch),
        now: DateTime<Utc>,
    ) -> Result<bool, InternalError> {
        let fresh = Epoch::fresh(&self.entropy)?;
        let replacing = self.store.replace_epoch_if(user, epoch, fresh, now);
        let clients = &self.backchannel_logout;
        let ended = clients
            .notify_after(user, replacing, |ended| *ended)
            .await?;
        if ended {
            audit!(AuditAction::LogoutEverywhere, Done, user.id = %user, sid = %sid);
        }
        Ok(ended)
    }
}

//! Finds and ends the logins of a browser: those of the client with cookies, and the session at the issuer.

use chrono::{DateTime, Utc};

use super::SingleSignOn;
use crate::{
    audit::{AuditAction, audit},
    backchannel_logout::BackchannelLogout,
    identity::UserId,
    internal::InternalError,
    session::{LoggedOut, PresentedTokens, Sessions},
    token::SsoSession,
};

/// The cookies of a browser.
#[derive(Debug, Clone)]
pub struct BrowserCookies<'a> {
    /// The tokens of the client with cookies.
    pub tokens: PresentedTokens<'a>,
    /// The sealed session at the issuer.
    pub sso: Option<&'a str>,
    /// The ids of the logins that ended before.
    pub ended: Vec<String>,
}

/// The logins of a browser.
#[derive(Debug, Default)]
pub struct BrowserLogins {
    /// The session at the issuer.
    session: Option<SsoSession>,
    /// The logins of the client with cookies.
    logins: Vec<LoggedOut>,
    /// True if the session at the issuer is left out of the logout.
    pub keeps_session: bool,
    /// True if a login of the client is left out of the logout.
    pub keeps_tokens: bool,
}

impl BrowserLogins {
    /// Returns the users who are logged in. A user may occur several times.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        let session = self.session.iter().map(|session| session.sub);
        session.chain(self.logins.iter().map(|login| login.user))
    }

    /// Leaves the session at the issuer out of the logout if the client has logins of other users only.
    pub fn exclude_session_of_another_user(&mut self) {
        let users: Vec<_> = self.logins.iter().map(|login| login.user).collect();
        let other = self.session.take_if(|session| {
            // Without a login of the client, no token identifies another user.
            !users.is_empty() && !users.contains(&session.sub)
        });
        self.keeps_session = other.is_some();
    }

    /// Leaves the logins of all other users out of the logout.
    pub fn exclude_other_users(&mut self, user: UserId) {
        let other = self.session.take_if(|session| session.sub != user);
        self.keeps_session = other.is_some();
        self.keeps_tokens = self.logins.iter().any(|login| login.user != user);
        self.logins.retain(|login| login.user == user);
    }

    /// Returns the id of each login, and the time at which it would have ended anyway.
    pub fn ids(&self) -> Vec<(String, DateTime<Utc>)> {
        let logins = self.logins.iter();
        let mut ids: Vec<_> = logins
            .map(|login| (login.sid.clone(), login.until))
            .collect();
        if let Some(session) = &self.session {
            // The session may last longer than the login of the client, and the browser remembers it for as long.
            match ids.iter_mut().find(|(sid, _)| *sid == session.sid) {
                Some((_, until)) => *until = session.abs_exp.max(*until),
                None => ids.push((session.sid.clone(), session.abs_exp)),
            }
        }
        ids
    }
}

/// Finds and ends the logins of a browser. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BrowserLogout {
    /// The sessions of the client with cookies.
    pub sessions: Sessions,
    /// The sessions at the issuer.
    pub single_sign_on: SingleSignOn,
    /// Notifies the clients of a session at the issuer.
    pub backchannel_logout: BackchannelLogout,
}

impl BrowserLogout {
    /// Returns the logins of a browser. No row is read, so a login may have ended elsewhere.
    ///
    /// # Errors
    /// This node cannot verify a cookie now. Its login may be valid.
    pub async fn find(
        &self,
        cookies: BrowserCookies<'_>,
        now: DateTime<Utc>,
    ) -> Result<BrowserLogins, InternalError> {
        let session = match cookies.sso {
            Some(sealed) => {
                self.single_sign_on
                    .open(sealed, &cookies.ended, now)
                    .await?
            }
            None => None,
        };
        let logins = match self.sessions.clients().with_cookies() {
            Some(client) => self.sessions.logins(client, cookies.tokens, now).await?,
            None => Vec::new(),
        };
        Ok(BrowserLogins {
            session,
            logins,
            ..BrowserLogins::default()
        })
    }

    /// Ends the logins of a browser, and notifies the clients of its session at the issuer. Nothing is stored, so
    /// the browser itself has to remember the logins.
    pub fn end(&self, browser: &BrowserLogins) {
        let client = self.sessions.clients().with_cookies();
        if let Some(client) = client {
            for LoggedOut { sid, .. } in &browser.logins {
                audit!(AuditAction::Logout, Done, sid, client_id = %client.client_id);
            }
        }
        if let Some(session) = &browser.session {
            if browser.logins.iter().all(|login| login.sid != session.sid) {
                audit!(AuditAction::Logout, Done, sid = session.sid, user.id = %session.sub);
            }
            self.backchannel_logout.notify_of_ended_session(session);
        }
    }

    /// Ends a session at the issuer whose cookie is replaced by that of another user.
    pub fn end_session(&self, session: SsoSession) {
        self.end(&BrowserLogins {
            session: Some(session),
            ..BrowserLogins::default()
        });
    }

    /// Ends every session of the users who are logged in, and notifies the clients. Returns false if no login of
    /// the browser was still valid.
    ///
    /// # Errors
    /// The service has no randomness, or the database failed.
    pub async fn end_everywhere(
        &self,
        browser: &BrowserLogins,
        now: DateTime<Utc>,
    ) -> Result<bool, InternalError> {
        let session = browser.session.iter();
        let session = session.map(|it| (it.sub, (it.sid.as_str(), it.epoch)));
        let logins = browser.logins.iter();
        let logins = logins.map(|it| (it.user, (it.sid.as_str(), it.epoch)));
        let mut ended = Vec::new();
        for (user, login) in session.chain(logins) {
            if !ended.contains(&user) && self.sessions.end_all_of(user, login, now).await? {
                ended.push(user);
            }
        }
        Ok(!ended.is_empty())
    }
}

//! The logins of a browser, and their end.

use axum::{
    Extension,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};

use super::EndSession;
use crate::{
    audit::{AuditAction, audit},
    http::{
        cookie::{CookieChange, CookieHeaders, EndedLogin, EndedLogins, IssuerLogout},
        extract::Caller,
        problem::Problem,
    },
    identity::UserId,
    internal::InternalError,
    session::{LoggedOut, PresentedTokens},
    token::SsoSession,
};

/// The logins of a browser.
pub(super) struct BrowserLogins {
    /// The session at the issuer.
    session: Option<SsoSession>,
    /// The logins of the client with cookies.
    logins: Vec<LoggedOut>,
    /// The logins that ended before.
    ended: EndedLogins,
    /// Set if the browser sent the cookie of single sign-on, valid or not.
    has_sso_cookie: bool,
}

impl BrowserLogins {
    /// Returns the users who are logged in. A user may occur several times.
    pub(super) fn users(&self) -> impl Iterator<Item = UserId> {
        let session = self.session.iter().map(|session| session.sub);
        session.chain(self.logins.iter().map(|login| login.user))
    }

    /// Returns the ids and the ends of the logins.
    fn to_end(&self) -> Vec<EndedLogin> {
        let logins = self.logins.iter();
        let mut ended: Vec<_> = logins
            .map(|login| (login.sid.clone(), login.until))
            .collect();
        if let Some(session) = &self.session {
            match ended.iter_mut().find(|(sid, _)| *sid == session.sid) {
                Some((_, until)) => *until = session.abs_exp.max(*until),
                None => ended.push((session.sid.clone(), session.abs_exp)),
            }
        }
        ended
    }
}

impl EndSession {
    /// Reads the cookies of a browser.
    ///
    /// # Errors
    /// A cookie occurs twice, or this node cannot verify a cookie now.
    pub(super) async fn logins(
        &self,
        caller: &Caller,
        cookies: &CookieHeaders,
    ) -> Result<BrowserLogins, Problem> {
        let issuer = self.flow.issuer();
        let presented = cookies.read(issuer)?;
        let sealed = cookies.sso(issuer);
        let ended = presented.logged_out;
        let ids = ended.ids();
        let session = match &sealed {
            Some(sealed) => self.single_sign_on.open(sealed, &ids, caller.now).await?,
            None => None,
        };
        let sessions = &self.flow.sessions;
        let logins = match sessions.clients().with_cookies() {
            Some(client) => {
                let presented = PresentedTokens {
                    refresh: [presented.refresh.as_deref(), presented.renewed.as_deref()],
                    access: presented.access.as_deref(),
                };
                sessions.logins(client, presented, caller.now).await?
            }
            None => Vec::new(),
        };
        Ok(BrowserLogins {
            session,
            logins,
            ended,
            has_sso_cookie: sealed.is_some(),
        })
    }

    /// Ends the logins of a browser, notifies the clients of its session, and answers with `response`.
    pub(super) fn log_out(
        &self,
        browser: &BrowserLogins,
        caller: &Caller,
        response: impl IntoResponse,
    ) -> Response {
        for LoggedOut { sid, user, .. } in &browser.logins {
            audit!(AuditAction::Logout, Done, sid, user.id = %user);
        }
        if let Some(session) = &browser.session {
            if browser.logins.iter().all(|login| login.sid != session.sid) {
                audit!(AuditAction::Logout, Done, sid = session.sid, user.id = %session.sub);
            }
            self.backchannel_logout.notify_of_login(session);
        }
        self.forget(browser, caller, response)
    }

    /// Ends every session of the users who are logged in, and notifies the clients. Returns false if no login of
    /// the browser was still valid.
    ///
    /// # Errors
    /// The service has no randomness, or the database failed.
    pub(super) async fn end_everywhere(
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
            if !ended.contains(&user) && self.flow.sessions.end_all_of(user, login, now).await? {
                ended.push(user);
            }
        }
        Ok(!ended.is_empty())
    }

    /// Removes the cookies of the logins that the browser has, and answers with `response`. Without cookies
    /// there is nothing to remove: a request of another site may have none although the browser has them.
    pub(super) fn forget(
        &self,
        browser: &BrowserLogins,
        caller: &Caller,
        response: impl IntoResponse,
    ) -> Response {
        let ended = browser.to_end();
        let issuer = self.flow.issuer();
        let sso = browser
            .has_sso_cookie
            .then(|| IssuerLogout::new(issuer, &ended, &browser.ended, caller.now));
        let cookies =
            (!browser.logins.is_empty()).then_some(Extension(CookieChange::Forget(ended)));
        (sso, cookies, response).into_response()
    }
}

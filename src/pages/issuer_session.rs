//! Opens, begins and replaces the session that a browser has at the issuer.

use axum::Extension;

use crate::{
    audit::{AuditAction, audit},
    http::{
        cookie::{ReplacedSession, SetSsoCookie},
        extract::Caller,
    },
    identity::Verified,
    internal::InternalError,
    oauth::BegunSession,
    pages::login_flow::LoginFlow,
    token::SsoSession,
};

impl LoginFlow {
    /// Opens the session at the issuer that the browser presents, without reading the user.
    ///
    /// # Errors
    /// This node cannot verify the cookie now.
    pub(super) async fn sso_session(
        &self,
        Caller {
            sso_cookie, now, ..
        }: &Caller,
    ) -> Result<Option<SsoSession>, InternalError> {
        let Some(sealed) = sso_cookie.get() else {
            return Ok(None);
        };
        let ended = sso_cookie.ended();
        self.single_sign_on.open(sealed, &ended, *now).await
    }

    /// Begins the session at the issuer of a login on a hosted page. The session that the browser presents goes on if
    /// it is of the same user, and is replaced if it is of another one.
    ///
    /// # Errors
    /// The service has no randomness.
    pub(super) async fn begin_session(
        &self,
        verified: &Verified,
        caller: &Caller,
    ) -> Result<BegunSession, InternalError> {
        // The login itself may be spent already, so it does not fail because of an earlier session.
        let presented = self.sso_session(caller).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the session that a login replaces could not be verified");
            None
        });
        self.single_sign_on.begin(verified, presented, caller.now)
    }

    /// Logs a user in at the issuer, for no client. Returns the parts of the response that set the cookie and end a
    /// replaced session. `None` without single sign-on.
    ///
    /// # Errors
    /// The service cannot seal, or has no randomness.
    pub(super) async fn log_in_here(
        &self,
        verified: &Verified,
        caller: &Caller,
    ) -> Result<Option<(SetSsoCookie, Option<Extension<ReplacedSession>>)>, InternalError> {
        let BegunSession { session, replaced } = self.begin_session(verified, caller).await?;
        let Some(session) = session else {
            return Ok(None);
        };
        let cookie = self.sso_cookie(&session, None, caller.now)?;
        audit!(AuditAction::Login, Done, user.id = %verified.user().id, sid = %session.sid);
        Ok(Some((cookie, self.end_replaced(replaced))))
    }

    /// Ends the session of another user that a login has replaced. Returns the extension by which the response adds
    /// the session to the logins that were ended in this browser: a response in flight may set its cookie again.
    pub(super) fn end_replaced(
        &self,
        replaced: Option<SsoSession>,
    ) -> Option<Extension<ReplacedSession>> {
        replaced.map(|session| {
            let ended = (session.sid.clone(), session.abs_exp);
            self.browser_logout.end_session(session);
            Extension(ReplacedSession(ended))
        })
    }
}

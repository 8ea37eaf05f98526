//! The cookie `renewed`, for a login or epoch that replaces another one in a browser.
//!
//! Example: tab A changes the password and receives the cookies of the new epoch. The response to a refresh of
//! tab B, minted earlier, arrives later and overwrites both cookies with tokens of the old epoch, which cannot be
//! continued. Therefore tab A's response also sets the cookie `renewed` to its refresh token. Responses to
//! refreshes never set or remove this cookie, so no late response can overwrite it. The cookie is set again by the
//! next response that replaces a login or epoch, expires with its token, and is removed at logout.
//!
//! If the tokens of a request belong to another epoch of the login in `renewed`, or to another login and were not
//! minted later, they are leftovers, and `renewed` is tried first. If one refresh token is refused, the other is
//! tried. Nothing is stored, and the list of ended logins applies to both.

use chrono::{DateTime, Utc};

use super::{EndedLogin, EndedLogins, SessionCookies};
use crate::{
    client::{Scope, TokenTransport},
    dpop::PresentedProof,
    identity::{Epoch, UserId},
    internal::InternalError,
    session::{Continuation, Error, Session, Sessions},
    token::{Access, Refresh},
};

/// The changes that a response makes to the cookies besides the tokens.
#[derive(Debug, Default)]
pub(super) struct CookieRenewal {
    /// Set if `renewed` is set to the new refresh token.
    pub(super) is_set: bool,
    /// Set if `renewed` is removed.
    pub(super) is_removed: bool,
    /// The logins that this response ends.
    pub(super) ended: Vec<EndedLogin>,
    /// The logins that ended earlier in this browser.
    pub(super) ended_before: EndedLogins,
}

impl CookieRenewal {
    /// Returns the changes of a newly minted session in a browser that sent these cookies.
    pub(super) async fn for_session(
        session: &Session,
        presented: &SessionCookies,
        sessions: &Sessions,
    ) -> Self {
        let now = session.access.iat;
        let mut tokens = Vec::new();
        for token in [&presented.refresh, &presented.renewed]
            .into_iter()
            .flatten()
        {
            tokens.extend(sessions.continued(token, now).await);
        }
        let is_plain_refresh = tokens
            .iter()
            .any(|token| Generation::of(token).is_same(Generation::from(&session.access)));
        let had_any = !(presented.is_empty() && presented.logged_out.is_empty());
        let others = tokens.into_iter().filter(|token| {
            token.sid != session.access.sid && !presented.logged_out.contains(&token.sid)
        });
        Self {
            is_set: had_any && !is_plain_refresh,
            is_removed: false,
            ended: others.map(|token| (token.sid, token.abs_exp)).collect(),
            ended_before: presented.logged_out.clone(),
        }
    }

    /// Adds a login that this response ends. If the login is listed already, the later end counts.
    pub(super) fn add_ended(&mut self, (sid, until): EndedLogin) {
        match self.ended.iter_mut().find(|(ended, _)| *ended == sid) {
            Some((_, listed)) => *listed = until.max(*listed),
            None => self.ended.push((sid, until)),
        }
    }

    /// Returns the changes of a logout that ends these logins.
    pub(super) fn at_logout(ended: Vec<EndedLogin>, presented: SessionCookies) -> Self {
        Self {
            is_set: false,
            is_removed: presented.renewed.is_some(),
            ended,
            ended_before: presented.logged_out,
        }
    }
}

/// A login under one epoch of its user, and the time at which a token of it was minted.
#[derive(Clone, Copy)]
struct Generation<'a> {
    sid: &'a str,
    epoch: Epoch,
    iat: DateTime<Utc>,
}

impl<'a> Generation<'a> {
    fn of(token: &'a Refresh) -> Self {
        Self {
            sid: &token.sid,
            epoch: token.epoch,
            iat: token.iat,
        }
    }

    fn is_same(self, other: Generation<'_>) -> bool {
        self.sid == other.sid && self.epoch == other.epoch
    }
}

impl<'a> From<&'a Access> for Generation<'a> {
    fn from(token: &'a Access) -> Self {
        Self {
            sid: &token.sid,
            epoch: token.epoch,
            iat: token.iat,
        }
    }
}

impl SessionCookies {
    /// Returns whether the login of the access token goes on in this browser: it has not ended here, and `renewed` has not
    /// replaced the login or its epoch.
    pub(crate) async fn is_current(
        &self,
        access: &Access,
        sessions: &Sessions,
        now: DateTime<Utc>,
    ) -> bool {
        !self.logged_out.contains(&access.sid) && !self.is_overtaken(access, sessions, now).await
    }

    /// Returns the users and the epochs of the logins that the cookies hold, in the order in which the cookies are used.
    /// Reads no row, so a login may have ended elsewhere.
    ///
    /// # Errors
    /// This node cannot verify a token now, and no other token of the browser is valid.
    pub(crate) async fn logins(
        &self,
        sessions: &Sessions,
        now: DateTime<Utc>,
    ) -> Result<Vec<(UserId, Epoch)>, InternalError> {
        let (mut logins, mut fault) = (Vec::new(), None);
        let access = self.access.as_deref();
        match access.map(|token| sessions.presented(token, TokenTransport::Cookie, now)) {
            Some(Ok(access)) if self.is_current(&access, sessions, now).await => {
                logins.push((access.sub, access.epoch));
            }
            Some(Err(Error::Internal(error))) => fault = Some(error),
            _ => {}
        }
        let mut tokens = [self.refresh.as_deref(), self.renewed.as_deref()];
        if self.prefers_renewed(sessions, now).await {
            tokens.reverse();
        }
        let clients = sessions.clients();
        let has_cookies = |token: &Refresh| {
            let client = clients.get(&token.client_id);
            client.is_some_and(|client| client.transport == TokenTransport::Cookie)
        };
        for token in tokens.into_iter().flatten() {
            match sessions.continued(token, now).await {
                Ok(token) if self.logged_out.contains(&token.sid) || !has_cookies(&token) => {}
                Ok(token) if logins.contains(&(token.sub, token.epoch)) => {}
                Ok(token) => logins.push((token.sub, token.epoch)),
                Err(rejected) => fault = fault.or(InternalError::unverifiable(rejected)),
            }
        }
        fault.filter(|_| logins.is_empty()).map_or(Ok(logins), Err)
    }

    /// Returns whether the access token is a leftover of a login or epoch that `renewed` has replaced.
    async fn is_overtaken(&self, access: &Access, sessions: &Sessions, now: DateTime<Utc>) -> bool {
        let renewed = self.renewed_claims(sessions, now).await;
        renewed.is_some_and(|renewed| self.is_leftover(access.into(), Generation::of(&renewed)))
    }

    /// Continues the login that the cookies hold.
    ///
    /// # Errors
    /// The refresh token is refused; an internal error.
    pub(crate) async fn refresh(
        &self,
        client_id: Option<&str>,
        scope: Option<&Scope>,
        sessions: &Sessions,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let logged_out = self.logged_out.ids();
        // Browsers attach no proof to cookies.
        let no_proof = PresentedProof::default();
        let refresh_with = |token| {
            let presented = Continuation {
                token,
                transport: TokenTransport::Cookie,
                client_id,
                is_authenticated: false,
                scope,
                resource: None,
                proof: &no_proof,
                logged_out: &logged_out,
            };
            sessions.refresh(presented, now)
        };
        let token = self.refresh.as_deref().unwrap_or_default();
        let Some(renewed) = self.renewed.as_deref() else {
            return refresh_with(token).await;
        };
        let (first, second) = if self.prefers_renewed(sessions, now).await {
            (renewed, token)
        } else {
            (token, renewed)
        };
        match refresh_with(first).await {
            Err(Error::Refused(refused)) => match refresh_with(second).await {
                Err(Error::Refused(_)) => Err(refused.into()),
                second => second,
            },
            first => first,
        }
    }

    async fn prefers_renewed(&self, sessions: &Sessions, now: DateTime<Utc>) -> bool {
        let Some(renewed) = self.renewed_claims(sessions, now).await else {
            return false;
        };
        let token = self.refresh.as_deref().unwrap_or_default();
        match sessions.continued(token, now).await {
            Ok(token) => self.is_leftover(Generation::of(&token), Generation::of(&renewed)),
            // An internal error: this token may be the newer one. It is tried first, which answers with the error.
            Err(rejected) => !rejected.is_ours(),
        }
    }

    /// Returns the claims of `renewed`, if its token is valid and its login is not among the ended ones.
    async fn renewed_claims(&self, sessions: &Sessions, now: DateTime<Utc>) -> Option<Refresh> {
        let renewed = sessions.continued(self.renewed.as_deref()?, now).await.ok();
        renewed.filter(|renewed| !self.logged_out.contains(&renewed.sid))
    }

    /// Returns whether `renewed` has replaced a token. Every response with a new epoch sets `renewed`, so a token of
    /// the same login and another epoch is older, regardless of its `iat`: a refresh can begin while the password
    /// is being hashed, or be answered by a node whose clock is ahead.
    fn is_leftover(&self, token: Generation<'_>, renewed: Generation<'_>) -> bool {
        if token.sid == renewed.sid {
            return token.epoch != renewed.epoch;
        }
        token.iat <= renewed.iat || self.logged_out.contains(token.sid)
    }
}

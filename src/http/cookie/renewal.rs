//! A login, or an epoch of one, that takes the place of another in a browser.
//!
//! Tab A changes the password and gets the cookies of the new epoch. A refresh of tab B, minted before,
//! arrives after them and overwrites both with tokens of the old epoch, which nothing continues. So
//! tab A's answer also sets the cookie `renewed`: its refresh token once more. Answers of refreshes never
//! touch that cookie, so none that is late can overwrite it or take it away. It is set again by the next
//! answer that replaces a login or an epoch, ends with its token, and goes at a logout.
//!
//! Where the tokens of a request are of another epoch of its login, or of another login and not minted
//! later, they are leftovers, and `renewed` is tried first. If one refresh token is refused, the other is tried. Nothing is
//! stored, and the names of ended logins count for both.

use chrono::{DateTime, Utc};

use super::{EndedLogin, EndedLogins, SessionCookies};
use crate::{
    client::{Scope, TokenTransport},
    identity::Epoch,
    session::{Continuation, Error, Session, Sessions},
    token::{Access, Refresh},
};

/// What an answer does to the cookies besides the tokens themselves.
#[derive(Debug, Default)]
pub(super) struct CookieRenewal {
    /// Whether `renewed` is set to the new refresh token.
    pub(super) is_set: bool,
    /// Whether `renewed` is taken away.
    pub(super) is_forgotten: bool,
    /// Logins that this answer ends.
    pub(super) ended: Vec<EndedLogin>,
    /// Logins that ended earlier in this browser.
    pub(super) before: EndedLogins,
}

impl CookieRenewal {
    /// What a newly minted session changes in a browser that presented those cookies.
    pub(super) async fn by(
        session: &Session,
        before: &SessionCookies,
        sessions: &Sessions,
    ) -> Self {
        let now = session.access.iat;
        let mut known = Vec::new();
        for token in [&before.refresh, &before.renewed].into_iter().flatten() {
            known.extend(sessions.continued(token, now).await);
        }
        let is_plain_refresh = known
            .iter()
            .any(|known| Generation::of(known).is_same(Generation::from(&session.access)));
        let had_any = !(before.is_empty() && before.logged_out.is_empty());
        let others = known.into_iter().filter(|known| {
            known.sid != session.access.sid && !before.logged_out.contains(&known.sid)
        });
        Self {
            is_set: had_any && !is_plain_refresh,
            is_forgotten: false,
            ended: others.map(|known| (known.sid, known.abs_exp)).collect(),
            before: before.logged_out.clone(),
        }
    }

    /// What the end of those logins changes.
    pub(super) fn at_logout(ended: Vec<EndedLogin>, before: SessionCookies) -> Self {
        Self {
            is_set: false,
            is_forgotten: before.renewed.is_some(),
            ended,
            before: before.logged_out,
        }
    }
}

/// A login under one epoch of its user, and when a token of it was minted.
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
    /// Whether the access token is a leftover of another login or epoch than the present one.
    pub(crate) async fn is_overtaken(
        &self,
        access: &Access,
        sessions: &Sessions,
        now: DateTime<Utc>,
    ) -> bool {
        let renewed = self.renewed_claims(sessions, now).await;
        renewed.is_some_and(|renewed| self.is_leftover(access.into(), Generation::of(&renewed)))
    }

    /// Continues the login that the cookies hold.
    ///
    /// # Errors
    /// Whatever ends the login; our trouble.
    pub(crate) async fn refresh(
        &self,
        client_id: Option<&str>,
        scope: Option<&Scope>,
        sessions: &Sessions,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let logged_out = self.logged_out.names();
        let by = |token| {
            let presented = Continuation {
                token,
                transport: TokenTransport::Cookie,
                client_id,
                scope,
                logged_out: &logged_out,
            };
            sessions.refresh(presented, now)
        };
        let token = self.refresh.as_deref().unwrap_or_default();
        let Some(renewed) = self.renewed.as_deref() else {
            return by(token).await;
        };
        let (first, second) = if self.prefers_renewed(sessions, now).await {
            (renewed, token)
        } else {
            (token, renewed)
        };
        match by(first).await {
            Err(Error::Refused(refused)) if !refused.is_ours() => match by(second).await {
                Err(Error::Refused(other)) if !other.is_ours() => Err(refused.into()),
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
            // The token may be the newer one. It is tried first, and answered as our trouble.
            Err(rejected) => !rejected.is_ours(),
        }
    }

    /// The claims of `renewed`, if it could be continued as far as the cookies say.
    async fn renewed_claims(&self, sessions: &Sessions, now: DateTime<Utc>) -> Option<Refresh> {
        let renewed = sessions.continued(self.renewed.as_deref()?, now).await.ok();
        renewed.filter(|renewed| !self.logged_out.contains(&renewed.sid))
    }

    /// Whether `renewed` took the place of a token. Every answer with a new epoch sets `renewed`, so a
    /// token of the same login and another epoch is older, whatever its `iat`: a refresh can begin while
    /// the password is being hashed, or be answered by a node whose clock is ahead.
    fn is_leftover(&self, token: Generation<'_>, renewed: Generation<'_>) -> bool {
        if token.sid == renewed.sid {
            return token.epoch != renewed.epoch;
        }
        token.iat <= renewed.iat || self.logged_out.contains(token.sid)
    }
}

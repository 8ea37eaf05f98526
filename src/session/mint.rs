//! Mints the tokens of a session.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Error, Session, Sessions, claims, id_token};
use crate::{
    client::{Acr, Client, GrantType, KeyConfirmation, OPENID, Scope},
    dpop::Possession,
    identity::{Epoch, User},
    token::{Access, Refresh},
};

/// A login, which all its sessions share, and the scope and audience of the session to mint.
pub(super) struct Login {
    pub(super) sid: String,
    pub(super) auth_time: DateTime<Utc>,
    pub(super) acr: Acr,
    pub(super) amr: Vec<String>,
    pub(super) abs_exp: DateTime<Utc>,
    pub(super) granted: Scope,
    pub(super) epoch: Epoch,
    pub(super) scope: Scope,
    pub(super) nonce: Option<String>,
    pub(super) audience: String,
    /// The audience of the authorization request, to which the login is limited.
    pub(super) resource: Option<String>,
    pub(super) possession: Possession,
    /// Set if the login is bound to the key already.
    pub(super) is_bound: bool,
}

impl Sessions {
    /// Mints the tokens of a login: those that the scope and the grants of the client allow.
    pub(super) fn mint(
        &self,
        user: &User,
        client: &Client,
        login: Login,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let until = |lifetime: TimeDelta| (now + lifetime).min(login.abs_exp);
        let Possession { key, next_nonce } = login.possession;
        let confirmation = key.map(|jkt| KeyConfirmation { jkt });
        let binds_refresh = login.is_bound || client.binds_refresh_tokens();
        let may_refresh = client.may_use(GrantType::RefreshToken);
        let of_access = confirmation
            .clone()
            .filter(|_| client.binds_access_tokens());
        let of_refresh = confirmation.filter(|_| may_refresh && binds_refresh);
        let of_session = of_refresh.clone().filter(|_| of_access.is_none());
        let [access_id, refresh_id] = self.entropy.identifiers()?;
        let access = Access {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: user.id,
            aud: login.audience,
            exp: until(client.access_lifetime),
            iat: now,
            jti: access_id,
            client_id: client.client_id.clone(),
            sid: login.sid.clone(),
            auth_time: login.auth_time,
            acr: login.acr,
            amr: login.amr.clone(),
            scope: login.scope,
            roles: vec![user.role.clone()],
            epoch: login.epoch,
            cnf: of_access,
            session_jkt: of_session.map(|it| it.jkt),
            extra: claims::of(&client.claims, user),
        };
        let refresh = Refresh {
            iss: access.iss.clone(),
            aud: self.tokens.refresh_audience().to_owned(),
            sub: user.id,
            client_id: client.client_id.clone(),
            exp: until(client.refresh_idle),
            jti: refresh_id,
            iat: now,
            sid: login.sid,
            abs_exp: login.abs_exp,
            auth_time: login.auth_time,
            acr: login.acr,
            amr: login.amr,
            epoch: login.epoch,
            scope: login.granted,
            resource: login.resource,
            cnf: of_refresh,
        };
        let access_token = self.tokens.mint(&access, now)?;
        let id_token = access.scope.contains(OPENID).then(|| {
            let minted = (&access, access_token.as_str());
            let claims = id_token::claims(client, user, &self.roles, minted, login.nonce);
            self.tokens.mint(&claims, now)
        });
        let refresh_token = may_refresh.then(|| self.tokens.mint(&refresh, now));
        Ok(Session {
            id_token: id_token.transpose()?,
            access_token,
            refresh_token: refresh_token.transpose()?,
            transport: client.transport,
            next_nonce,
            access,
            refresh,
        })
    }
}

//! Sessions: minted at a login and again at every refresh, and never stored.
//!
//! A refresh is a pure function of the presented token, the user's row and the clock. It consumes nothing:
//! any number of tabs may refresh at once, and a client may repeat a request whose response was lost.

mod claims;
mod error;
mod id_token;
mod log_out;
mod mint;
mod parameters;
pub(crate) mod policy;
mod policy_log;
mod possession;
mod user_claims;

use std::fmt;

use chrono::{DateTime, Utc};

use self::mint::Login;
pub use self::{
    error::{Error, SessionRefusal},
    log_out::{LoggedOut, PresentedTokens},
    parameters::{Continuation, ProvenLogin, SignIn},
    policy_log::PolicyLog,
    user_claims::user_claims,
};
use crate::{
    audit::{AuditAction, audit},
    backchannel_logout::BackchannelLogout,
    client::{Acr, Client, ClientLookupError, Clients, GrantType, Scope, TokenTransport},
    config::{Issuer, RolesConfig},
    dpop::{Possession, ProofVerifier, TokenBinding},
    entropy::Entropy,
    identity::{User, Verified},
    store::Store,
    token::{Access, Refresh, TokenRejection, Tokens},
};

/// The tokens that a login or a refresh returns to the client.
#[derive(Clone)]
pub struct Session {
    /// The claims of the access token.
    pub access: Access,
    /// The access token.
    pub access_token: String,
    /// The claims of the refresh token.
    pub refresh: Refresh,
    /// The refresh token, if the client has the grant.
    pub refresh_token: Option<String>,
    /// The ID token, if the client was granted the scope `openid`.
    pub id_token: Option<String>,
    /// The transport of the tokens.
    pub transport: TokenTransport,
    /// The nonce for the next proof of the client, if the one of its proof is replaced.
    pub next_nonce: Option<String>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("sid", &self.access.sid)
            .finish_non_exhaustive()
    }
}

/// Begins, continues and ends sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    tokens: Tokens,
    store: Store,
    entropy: Entropy,
    roles: RolesConfig,
    proofs: ProofVerifier,
    backchannel_logout: BackchannelLogout,
}

impl Sessions {
    /// Returns the sessions of the users in `store`, minted by `tokens`. `backchannel_logout` notifies clients when all
    /// sessions of a user end.
    pub fn new(
        tokens: Tokens,
        store: Store,
        entropy: Entropy,
        roles: RolesConfig,
        proofs: ProofVerifier,
        backchannel_logout: BackchannelLogout,
    ) -> Self {
        Self {
            tokens,
            store,
            entropy,
            roles,
            proofs,
            backchannel_logout,
        }
    }

    /// The issuer of every session.
    pub fn issuer(&self) -> &Issuer {
        self.tokens.issuer()
    }

    /// The configured clients.
    pub fn clients(&self) -> &Clients {
        self.tokens.clients()
    }

    /// Begins a login of a public client. The `sid` is always fresh: a session that the request presents is not
    /// continued. Without `scope`, all scopes of the client are granted. The tokens are bound to the key of
    /// `possession`.
    ///
    /// # Errors
    /// The client may not have the scope or the audience, or requires a stronger login, or the service fails.
    pub fn sign_in(
        &self,
        verified: &Verified,
        client: &Client,
        scope: Option<&Scope>,
        possession: Possession,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        if client.authentication.is_confidential() {
            return Err(ClientLookupError::Unauthenticated.into());
        }
        let parameters = SignIn {
            scope,
            possession,
            ..SignIn::default()
        };
        self.sign_in_with(verified, client, parameters, now)
    }

    /// Checks the scope of a login before its second step.
    ///
    /// # Errors
    /// The client may not have the scope.
    pub fn check_scope(&self, client: &Client, scope: Option<&Scope>) -> Result<(), Error> {
        narrowed(&client.scopes, scope).map(drop)
    }

    /// Begins a login of any client, with the parameters of an authorization request.
    ///
    /// # Errors
    /// The client may not have the scope or the audience, or requires a stronger login, or the service fails.
    pub fn sign_in_with(
        &self,
        verified: &Verified,
        client: &Client,
        parameters: SignIn<'_>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let sid = match parameters.sid {
            Some(sid) => sid,
            None => self.entropy.identifier()?,
        };
        let granted = narrowed(&client.scopes, parameters.scope)?;
        let amr = verified.amr();
        let acr = Acr::of(&amr);
        if acr < client.min_acr {
            return Err(Error::Strength(client.min_acr));
        }
        let login = Login {
            nonce: parameters.nonce,
            sid,
            auth_time: verified.at(),
            acr,
            amr,
            abs_exp: parameters.began.unwrap_or(now).min(now) + client.refresh_absolute,
            scope: granted.clone(),
            granted,
            epoch: verified.user().session_epoch,
            audience: audience(client, parameters.resource.as_deref(), parameters.requested)?,
            resource: parameters.resource,
            possession: parameters.possession,
            is_bound: false,
        };
        let session = self.mint(verified.user(), client, login, now)?;
        record(AuditAction::Login, &session);
        Ok(session)
    }

    /// Continues a login (RFC 6749 §6). Everything that can end a session is checked here.
    ///
    /// # Errors
    /// The token is refused, its client may not use this grant, the requested scope exceeds the granted one, the
    /// login does not have the requested audience, or the service fails.
    pub async fn refresh(
        &self,
        presented: Continuation<'_>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let token: Refresh = self.tokens.verify_or_catch_up(presented.token, now).await?;
        // Without a client_id, the client of the token is assumed.
        let client_id = presented.client_id.unwrap_or(&token.client_id);
        let client = self.clients().get(client_id);
        let client = client
            .filter(|client| client.client_id == token.client_id)
            .ok_or(SessionRefusal::OtherClient)?;
        if client.authentication.is_confidential() && !presented.is_authenticated {
            return Err(ClientLookupError::Unauthenticated.into());
        }
        if !client.may_use(GrantType::RefreshToken) {
            return Err(ClientLookupError::Grant.into());
        }
        if client.transport != presented.transport {
            return Err(SessionRefusal::OtherTransport.into());
        }
        if presented.logged_out.contains(&token.sid) {
            return Err(SessionRefusal::LoggedOut.into());
        }
        let binding = TokenBinding {
            key: token.cnf.as_ref().map(|cnf| &cnf.jkt),
            issued_at: token.iat,
        };
        let proof = presented.proof;
        let possession = self
            .proofs
            .of_successors(client, binding, proof, now)
            .await?;
        let user = self
            .store
            .user_of_epoch(token.sub, token.epoch)
            .await?
            .ok_or(SessionRefusal::UnknownUser)?;
        if !user.accepts_epoch(token.epoch) {
            return Err(SessionRefusal::Ended.into());
        }
        let audience = audience(client, token.resource.as_deref(), presented.resource)?;
        // Scopes that the client has lost are not minted; a request never exceeds the granted scope.
        let scope = narrowed(&token.scope.within(&client.scopes), presented.scope)?;
        let login = Login {
            sid: token.sid,
            auth_time: token.auth_time,
            acr: token.acr,
            amr: token.amr,
            abs_exp: token.abs_exp,
            granted: token.scope,
            epoch: token.epoch,
            nonce: None,
            resource: token.resource,
            is_bound: token.cnf.is_some(),
            possession,
            scope,
            audience,
        };
        let session = self.mint(&user, client, login, now)?;
        record(AuditAction::Refresh, &session);
        Ok(session)
    }

    /// Verifies a refresh token and returns its claims. The user's row is not read, so the user may be
    /// disabled or have another epoch.
    ///
    /// # Errors
    /// The token is expired, forged, not yet valid or of an unknown key.
    pub async fn continued(
        &self,
        refresh_token: &str,
        now: DateTime<Utc>,
    ) -> Result<Refresh, TokenRejection> {
        self.tokens.verify_or_catch_up(refresh_token, now).await
    }

    /// Checks that the user manages their account with this access token, as they do by way of a public client.
    /// A confidential client logs users in at another application, and its tokens act for nobody here.
    ///
    /// # Errors
    /// The client is confidential, or is not configured any more.
    pub fn check_first_party(&self, session: &Access) -> Result<(), Error> {
        let client = self.clients().choose(Some(&session.client_id))?;
        if client.authentication.is_confidential() {
            return Err(SessionRefusal::ConfidentialClient.into());
        }
        Ok(())
    }

    /// Continues the login of a session under the present epoch of its user, for a caller that has just
    /// replaced that epoch by `act`. The login gets neither longer nor a wider scope. `possession` is that of
    /// [`Sessions::possession_of_session`].
    ///
    /// # Errors
    /// The client is confidential or not configured any more, or the service fails.
    pub fn renew(
        &self,
        session: &Access,
        user: &User,
        act: AuditAction,
        possession: Possession,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let proven = ProvenLogin {
            auth_time: session.auth_time,
            acr: session.acr,
            amr: session.amr.clone(),
        };
        self.renew_as(session, proven, user, (act, possession), now)
    }

    /// As [`Sessions::renew`], for a user who has just proven another factor. The login gets no longer.
    ///
    /// # Errors
    /// The client is confidential or not configured any more, or the service fails.
    pub fn renew_as(
        &self,
        session: &Access,
        proven: ProvenLogin,
        user: &User,
        (act, possession): (AuditAction, Possession),
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let client = self.clients().choose_public(Some(&session.client_id))?;
        let granted = session.scope.within(&client.scopes);
        let login = Login {
            sid: session.sid.clone(),
            auth_time: proven.auth_time,
            acr: proven.acr,
            amr: proven.amr,
            // Counted from `auth_time`, which a provider may report as long past. Never earlier than the
            // expiry of the presented token.
            abs_exp: session
                .auth_time
                .checked_add_signed(client.refresh_absolute)
                .map_or(session.exp, |abs_exp| abs_exp.max(session.exp)),
            scope: granted.clone(),
            granted,
            epoch: user.session_epoch,
            nonce: None,
            audience: session.aud.clone(),
            resource: Some(session.aud.clone()).filter(|aud| *aud != client.audience),
            is_bound: possession.key.is_some(),
            possession,
        };
        let session = self.mint(user, client, login, now)?;
        record(act, &session);
        Ok(session)
    }
}

/// Writes the audit line of a minted session.
fn record(act: AuditAction, session: &Session) {
    audit!(
        act,
        Done,
        user.id = %session.access.sub,
        sid = %session.access.sid,
        client_id = %session.access.client_id,
    );
}

/// Returns the requested scope, or all of `granted` without a request.
fn narrowed(granted: &Scope, requested: Option<&Scope>) -> Result<Scope, Error> {
    let requested = requested.and_then(|scope| scope.without_offline_access(granted));
    granted.granted(requested.as_ref()).ok_or(Error::Scope)
}

/// Returns the audience of an access token, that of the login or the requested one.
fn audience(
    client: &Client,
    of_login: Option<&str>,
    requested: Option<&str>,
) -> Result<String, Error> {
    let audience = client.select_audience(of_login, requested);
    audience.map(str::to_owned).ok_or(Error::Target)
}

//! Sessions: minted at a login, minted again at every refresh, stored nowhere.
//!
//! Refresh is a pure function of the presented token, the user's row and the clock. It consumes
//! nothing: any number of tabs may refresh at once, and a lost answer may be asked for again.

mod claims;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    client::{Client, ClientLookupError, Clients, Scope, TokenTransport},
    config::Issuer,
    entropy::{self, Entropy},
    identity::{Epoch, User, Verified},
    store::{self, Store},
    token::{Access, MintError, Refresh, TokenRejection, Tokens},
};

/// What a login or a refresh hands to the client.
#[derive(Clone)]
pub struct Session {
    /// The claims of the access token.
    pub access: Access,
    /// The access token.
    pub access_token: String,
    /// The claims of the refresh token.
    pub refresh: Refresh,
    /// The refresh token.
    pub refresh_token: String,
    /// How both travel.
    pub transport: TokenTransport,
}

/// What somebody asks who wants to continue a login.
#[derive(Debug, Clone, Copy)]
pub struct Continuation<'a> {
    /// The refresh token.
    pub token: &'a str,
    /// How it came.
    pub transport: TokenTransport,
    /// The client that presents it, where it says so.
    pub client_id: Option<&'a str>,
    /// The scope asked for; without, everything granted.
    pub scope: Option<&'a Scope>,
    /// Logins that the presenter has ended itself: none of them continues.
    pub logged_out: &'a [String],
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("sid", &self.access.sid)
            .finish_non_exhaustive()
    }
}

/// Why there is no session. For logs and metrics; answers tell only scope and client apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum SessionRefusal {
    /// The token presented.
    Token(#[from] TokenRejection),
    /// Another client's token.
    OtherClient,
    /// A token that must not come this way: from a cookie in a body, or the reverse.
    OtherTransport,
    /// The presenter has logged out of it.
    LoggedOut,
    /// Its user is gone.
    UnknownUser,
    /// Its user is disabled, or has another epoch by now.
    Ended,
}

impl SessionRefusal {
    /// Whether it is our own trouble: see [`TokenRejection::is_ours`]. Such a refusal is a 503.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Token(rejected) if rejected.is_ours())
    }

    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::OtherClient => "other client",
            Self::OtherTransport => "other transport",
            Self::LoggedOut => "logged out",
            Self::UnknownUser => "unknown user",
            Self::Ended => "ended",
        }
    }
}

/// Why there is no session, or an end of none.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was presented is not good enough.
    #[error("refused: {0}")]
    Refused(SessionRefusal),
    /// The request names no client where it must.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
    /// More was asked for than was granted.
    #[error("the requested scope exceeds the granted scope")]
    Scope,
    /// Our trouble: the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Our trouble: minting.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// Our trouble: randomness.
    #[error(transparent)]
    Entropy(#[from] entropy::EntropyError),
}

impl<T: Into<SessionRefusal>> From<T> for Error {
    fn from(refused: T) -> Self {
        Self::Refused(refused.into())
    }
}

/// Begins, continues and ends sessions.
#[derive(Debug, Clone)]
pub struct Sessions {
    tokens: Tokens,
    store: Store,
    entropy: Entropy,
}

/// What stays the same through all sessions of one login.
struct Login {
    sid: String,
    auth_time: DateTime<Utc>,
    amr: Vec<String>,
    abs_exp: DateTime<Utc>,
    granted: Scope,
    epoch: Epoch,
}

impl Sessions {
    /// Sessions of these users by these tokens.
    pub fn new(tokens: Tokens, store: Store, entropy: Entropy) -> Self {
        Self {
            tokens,
            store,
            entropy,
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

    /// Begins a login: a fresh `sid`, whatever was presented before. Without `scope`, everything
    /// the client may have.
    pub fn sign_in(
        &self,
        verified: &Verified,
        client: &Client,
        scope: Option<&Scope>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let login = Login {
            sid: self.entropy.identifier()?,
            auth_time: verified.at(),
            amr: verified.amr(),
            abs_exp: now + client.refresh_absolute,
            granted: narrowed(&client.scopes, scope)?,
            epoch: verified.user().session_epoch,
        };
        let scope = login.granted.clone();
        self.mint(verified.user(), client, login, scope, now)
    }

    /// Continues a login (RFC 6749 §6). Everything that can end a session is asked here, in the
    /// order a reader would ask.
    pub async fn refresh(
        &self,
        presented: Continuation<'_>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let token: Refresh = self.tokens.verify_or_catch_up(presented.token, now).await?;
        // A request that names no client is that of the client the token was minted for.
        let client_id = presented.client_id.unwrap_or(&token.client_id);
        let client = self.clients().get(client_id);
        let client = client
            .filter(|client| client.client_id == token.client_id)
            .ok_or(SessionRefusal::OtherClient)?;
        if client.transport != presented.transport {
            return Err(SessionRefusal::OtherTransport.into());
        }
        if presented.logged_out.contains(&token.sid) {
            return Err(SessionRefusal::LoggedOut.into());
        }
        let user = self
            .store
            .user(token.sub)
            .await?
            .ok_or(SessionRefusal::UnknownUser)?;
        if !user.allows_join(token.epoch) {
            return Err(SessionRefusal::Ended.into());
        }
        // What a client may no longer have, its tokens lose; what was granted stays the most.
        let scope = narrowed(&token.scope.within(&client.scopes), presented.scope)?;
        let login = Login {
            sid: token.sid,
            auth_time: token.auth_time,
            amr: token.amr,
            abs_exp: token.abs_exp,
            granted: token.scope,
            epoch: token.epoch,
        };
        self.mint(&user, client, login, scope, now)
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

    /// The claims of an access token that came by `transport`, trusted for as long as it lives.
    pub fn presented(
        &self,
        access_token: &str,
        transport: TokenTransport,
        now: DateTime<Utc>,
    ) -> Result<Access, SessionRefusal> {
        let session: Access = self.tokens.verify(access_token, now)?;
        let client = self.clients().get(&session.client_id);
        if client.is_some_and(|client| client.transport == transport) {
            Ok(session)
        } else {
            Err(SessionRefusal::OtherTransport)
        }
    }

    /// Continues the login of a session under the present epoch of its user: for whoever has just
    /// replaced that epoch. Neither login nor scope grow.
    pub fn renew(
        &self,
        session: &Access,
        user: &User,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let client = self.clients().choose(Some(&session.client_id))?;
        let login = Login {
            sid: session.sid.clone(),
            auth_time: session.auth_time,
            amr: session.amr.clone(),
            // No later than the login itself: a provider may have put its beginning long ago. What the
            // presented token was given is within it in any case.
            abs_exp: session
                .auth_time
                .checked_add_signed(client.refresh_absolute)
                .map_or(session.exp, |abs_exp| abs_exp.max(session.exp)),
            granted: session.scope.within(&client.scopes),
            epoch: user.session_epoch,
        };
        let scope = login.granted.clone();
        self.mint(user, client, login, scope, now)
    }

    /// Ends every session of the person, this one included. One conditional write: an ended
    /// session can end nothing.
    pub async fn end_everywhere(&self, session: &Access, now: DateTime<Utc>) -> Result<(), Error> {
        let fresh = Epoch::fresh(&self.entropy)?;
        let ended = self
            .store
            .replace_epoch_if(session.sub, session.epoch, fresh, now)
            .await?;
        if ended {
            Ok(())
        } else {
            Err(SessionRefusal::Ended.into())
        }
    }

    fn mint(
        &self,
        user: &User,
        client: &Client,
        login: Login,
        scope: Scope,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let until = |lifetime: TimeDelta| (now + lifetime).min(login.abs_exp);
        let [access_id, refresh_id] = self.entropy.identifiers()?;
        let access = Access {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: user.id,
            aud: client.audience.clone(),
            exp: until(client.access_lifetime),
            iat: now,
            jti: access_id,
            client_id: client.client_id.clone(),
            sid: login.sid.clone(),
            auth_time: login.auth_time,
            amr: login.amr.clone(),
            scope,
            roles: vec![user.role.clone()],
            epoch: login.epoch,
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
            amr: login.amr,
            epoch: login.epoch,
            scope: login.granted,
        };
        Ok(Session {
            access_token: self.tokens.mint(&access, now)?,
            refresh_token: self.tokens.mint(&refresh, now)?,
            transport: client.transport,
            access,
            refresh,
        })
    }
}

/// The scope asked for, or everything `granted`.
fn narrowed(granted: &Scope, asked: Option<&Scope>) -> Result<Scope, Error> {
    match asked.and_then(|asked| asked.without_offline_access(granted)) {
        None => Ok(granted.clone()),
        Some(asked) if asked.is_within(granted) => Ok(asked),
        Some(_) => Err(Error::Scope),
    }
}

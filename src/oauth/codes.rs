//! Authorization codes (RFC 6749 §4.1.2): sealed, good for half a minute, bound to client, redirect
//! URI and PKCE challenge. Nothing is stored, so that a code is good once is what the node remembers
//! that it was redeemed at; at another node, only who knows the `code_verifier` could redeem it again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    client::{AuthorizationRequest, CodeChallenge, NoClient, Scope, Transport},
    identity::{AuthMethod, Epoch, External, UserId, Verified},
    session::{self, Session, Sessions},
    store::{self, Store},
    token::{Form, Kind, MintError, NotSpent, Purpose, Rejected, Sealed, Spent, Tokens},
};

/// How long a code is good.
const LIFETIME: TimeDelta = TimeDelta::seconds(30);

/// Why a code buys nothing. For logs and metrics; no answer tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum Refused {
    /// The code itself.
    Token(#[from] Rejected),
    /// It is another client's.
    OtherClient,
    /// It was sent elsewhere.
    OtherRedirectUri,
    /// The `code_verifier` is not the one.
    CodeVerifier,
    /// It stands for something else than what was asked.
    OtherIntent,
    /// It was redeemed before.
    Spent,
    /// Its user is gone, disabled, or has another epoch by now.
    Ended,
}

impl Refused {
    /// Whether it is our own trouble: see [`Rejected::is_ours`].
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Token(rejected) if rejected.is_ours())
    }

    /// It in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token(rejected) => rejected.as_str(),
            Self::OtherClient => "other client",
            Self::OtherRedirectUri => "other redirect uri",
            Self::CodeVerifier => "code verifier",
            Self::OtherIntent => "other intent",
            Self::Spent => "spent",
            Self::Ended => "ended",
        }
    }
}

/// Why a code could not be made or redeemed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no good.
    #[error("refused: {0}")]
    Refused(Refused),
    /// The request names no client where it must.
    #[error(transparent)]
    Client(#[from] NoClient),
    /// No session could be made of it.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// Our trouble: the database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Our trouble: more codes at once than can be remembered.
    #[error("too many codes are being redeemed")]
    Busy,
}

impl From<NotSpent> for Error {
    fn from(not_spent: NotSpent) -> Self {
        match not_spent {
            NotSpent::Before => Self::Refused(Refused::Spent),
            NotSpent::Full => Self::Busy,
        }
    }
}

impl<T: Into<Refused>> From<T> for Error {
    fn from(refused: T) -> Self {
        Self::Refused(refused.into())
    }
}

/// What a code says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Code {
    redirect_uri: String,
    challenge: CodeChallenge,
    #[serde(flatten)]
    stands_for: StandsFor,
}

impl Purpose for Code {
    const PURPOSE: &'static str = "code";
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StandsFor {
    /// A person who has just been verified.
    Login {
        sub: UserId,
        epoch: Epoch,
        #[serde(with = "chrono::serde::ts_seconds")]
        auth_time: DateTime<Utc>,
        amr: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Scope>,
    },
    /// An account of a provider, and nobody's login.
    Account(External),
}

/// What whoever redeems a code presents: the access token request of RFC 6749 §4.1.3.
#[derive(Clone, Copy)]
pub struct TokenRequest<'a> {
    /// The code.
    pub code: &'a str,
    /// The client, where it says so.
    pub client_id: Option<&'a str>,
    /// Where the code was sent to.
    pub redirect_uri: &'a str,
    /// The secret of the PKCE challenge (RFC 7636 §4.5).
    pub code_verifier: &'a str,
}

/// Makes and redeems codes.
#[derive(Debug, Clone)]
pub struct Codes {
    tokens: Tokens,
    sessions: Sessions,
    store: Store,
    spent: Spent,
}

impl Codes {
    /// How a code is written, and how long it is good.
    pub const KIND: (Form, TimeDelta) = (Sealed::<Code>::FORM, LIFETIME);

    /// Codes for sessions of these users.
    pub fn new(tokens: Tokens, sessions: Sessions, store: Store) -> Self {
        Self {
            tokens,
            sessions,
            store,
            spent: Spent::default(),
        }
    }

    /// A code for the login of whoever was verified. `None` where the request has no challenge.
    pub fn of_login(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, MintError> {
        let stands_for = StandsFor::Login {
            sub: verified.user().id,
            epoch: verified.user().session_epoch,
            auth_time: verified.at(),
            amr: verified.amr(),
            scope: request.scope.clone(),
        };
        self.make(request, stands_for, now)
    }

    /// A code for an account that somebody is to link. `None` where the request has no challenge.
    pub fn of_account(
        &self,
        request: &AuthorizationRequest,
        account: External,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, MintError> {
        self.make(request, StandsFor::Account(account), now)
    }

    fn make(
        &self,
        request: &AuthorizationRequest,
        stands_for: StandsFor,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, MintError> {
        let Some(challenge) = request.code_challenge.clone() else {
            return Ok(None);
        };
        let code = Code {
            redirect_uri: request.redirect_uri.clone(),
            challenge,
            stands_for,
        };
        let code = self.tokens.seal(code, &request.client_id, LIFETIME, now)?;
        Ok(Some(code))
    }

    /// A session for a code that stands for a login: one read.
    pub async fn redeem(
        &self,
        presented: TokenRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let code = self.open(presented, now).await?;
        let StandsFor::Login {
            sub,
            epoch,
            auth_time,
            amr,
            scope,
        } = code.says.stands_for
        else {
            return Err(Refused::OtherIntent.into());
        };
        let client = self.tokens.clients().choose(Some(&code.client_id))?;
        let methods = amr.iter().map(|word| word.parse::<AuthMethod>());
        let methods = methods.collect::<Result<_, _>>();
        let methods = methods.map_err(|_| Rejected::Claims)?;
        // Who uses cookies has got them in place of a code.
        if client.transport != Transport::Bearer {
            return Err(Refused::OtherIntent.into());
        }
        let user = self.store.user(sub).await?;
        let user = user
            .filter(|user| user.welcomes(epoch))
            .ok_or(Refused::Ended)?;
        // Last: what fails before, by whosever fault, can be tried again.
        self.spent.spend(&code.jti, code.exp, now)?;
        let verified = Verified::new(user, methods, auth_time.min(now));
        Ok(self
            .sessions
            .sign_in(&verified, client, scope.as_ref(), now)?)
    }

    /// The account that a code stands for. It is not spent: to link an account twice is to link it.
    pub async fn account(
        &self,
        presented: TokenRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<External, Error> {
        let code = self.open(presented, now).await?;
        let StandsFor::Account(account) = code.says.stands_for else {
            return Err(Refused::OtherIntent.into());
        };
        Ok(account)
    }

    async fn open(
        &self,
        presented: TokenRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<Sealed<Code>, Error> {
        let named = presented.client_id;
        let named = named.map(|client_id| self.tokens.clients().choose(Some(client_id)));
        let named = named.transpose()?;
        let code: Sealed<Code> = self.tokens.unseal(presented.code, now).await?;
        // A request that names no client is that of the client the code was made for.
        if named.is_some_and(|client| client.client_id != code.client_id) {
            return Err(Refused::OtherClient.into());
        }
        if code.says.redirect_uri != presented.redirect_uri {
            return Err(Refused::OtherRedirectUri.into());
        }
        if !code.says.challenge.is_met_by(presented.code_verifier) {
            return Err(Refused::CodeVerifier.into());
        }
        if self.spent.knows(&code.jti) {
            return Err(Refused::Spent.into());
        }
        Ok(code)
    }
}

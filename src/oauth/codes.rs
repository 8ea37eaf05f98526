//! Authorization codes (RFC 6749 §4.1.2): sealed, good for half a minute, bound to client, redirect
//! URI and PKCE challenge. Nothing is stored, so that a code is good once is what the node remembers
//! that it was redeemed at; at another node, only who knows the `code_verifier` could redeem it again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    client::{AuthorizationRequest, ClientLookupError, CodeChallenge, Scope, TokenTransport},
    identity::{AuthMethod, Epoch, External, UserId, Verified},
    session::{self, Session, Sessions},
    store::{self, Store},
    token::{
        MintError, SealedPurpose, SealedToken, SpendError, SpentTokens, TokenForm, TokenKind,
        TokenRejection, Tokens,
    },
};

/// How long a code is good.
const LIFETIME: TimeDelta = TimeDelta::seconds(30);

/// Why a code buys nothing. For logs and metrics; no answer tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.as_str())]
pub enum CodeRejection {
    /// The code itself.
    Token(#[from] TokenRejection),
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

impl CodeRejection {
    /// Whether it is our own trouble: see [`TokenRejection::is_ours`].
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
    Refused(CodeRejection),
    /// The request names no client where it must.
    #[error(transparent)]
    Client(#[from] ClientLookupError),
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

impl From<SpendError> for Error {
    fn from(not_spent: SpendError) -> Self {
        match not_spent {
            SpendError::Before => Self::Refused(CodeRejection::Spent),
            SpendError::Full => Self::Busy,
        }
    }
}

impl<T: Into<CodeRejection>> From<T> for Error {
    fn from(refused: T) -> Self {
        Self::Refused(refused.into())
    }
}

/// What a code says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CodeClaims {
    redirect_uri: String,
    challenge: CodeChallenge,
    #[serde(flatten)]
    stands_for: CodePurpose,
}

impl SealedPurpose for CodeClaims {
    const PURPOSE: &'static str = "code";
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CodePurpose {
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
pub struct CodeRedemption<'a> {
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
    spent: SpentTokens,
}

impl Codes {
    /// How a code is written, and how long it is good.
    pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<CodeClaims>::FORM, LIFETIME);

    /// Codes for sessions of these users.
    pub fn new(tokens: Tokens, sessions: Sessions, store: Store) -> Self {
        Self {
            tokens,
            sessions,
            store,
            spent: SpentTokens::default(),
        }
    }

    /// A code for the login of whoever was verified. `None` where the request has no challenge.
    pub fn of_login(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, MintError> {
        let stands_for = CodePurpose::Login {
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
        self.make(request, CodePurpose::Account(account), now)
    }

    fn make(
        &self,
        request: &AuthorizationRequest,
        stands_for: CodePurpose,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, MintError> {
        let Some(challenge) = request.code_challenge.clone() else {
            return Ok(None);
        };
        let code = CodeClaims {
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
        presented: CodeRedemption<'_>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let code = self.open(presented, now).await?;
        let CodePurpose::Login {
            sub,
            epoch,
            auth_time,
            amr,
            scope,
        } = code.says.stands_for
        else {
            return Err(CodeRejection::OtherIntent.into());
        };
        let client = self.tokens.clients().choose(Some(&code.client_id))?;
        let methods = amr.iter().map(|word| word.parse::<AuthMethod>());
        let methods = methods.collect::<Result<_, _>>();
        let methods = methods.map_err(|_| TokenRejection::Claims)?;
        // Who uses cookies has got them in place of a code.
        if client.transport != TokenTransport::Bearer {
            return Err(CodeRejection::OtherIntent.into());
        }
        let user = self.store.user(sub).await?;
        let user = user
            .filter(|user| user.allows_join(epoch))
            .ok_or(CodeRejection::Ended)?;
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
        presented: CodeRedemption<'_>,
        now: DateTime<Utc>,
    ) -> Result<External, Error> {
        let code = self.open(presented, now).await?;
        let CodePurpose::Account(account) = code.says.stands_for else {
            return Err(CodeRejection::OtherIntent.into());
        };
        Ok(account)
    }

    async fn open(
        &self,
        presented: CodeRedemption<'_>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<CodeClaims>, Error> {
        let named = presented.client_id;
        let named = named.map(|client_id| self.tokens.clients().choose(Some(client_id)));
        let named = named.transpose()?;
        let code: SealedToken<CodeClaims> = self.tokens.unseal(presented.code, now).await?;
        // A request that names no client is that of the client the code was made for.
        if named.is_some_and(|client| client.client_id != code.client_id) {
            return Err(CodeRejection::OtherClient.into());
        }
        if code.says.redirect_uri != presented.redirect_uri {
            return Err(CodeRejection::OtherRedirectUri.into());
        }
        if !code.says.challenge.is_met_by(presented.code_verifier) {
            return Err(CodeRejection::CodeVerifier.into());
        }
        if self.spent.contains(&code.jti) {
            return Err(CodeRejection::Spent.into());
        }
        Ok(code)
    }
}

//! Authorization codes (RFC 6749 §4.1.2): sealed, valid for half a minute, and bound to the client, the
//! redirect URI and the PKCE challenge. No code is stored in the database. The node that redeems a code keeps its
//! identifier in memory and refuses the code afterwards. Another node redeems it again only with its
//! `code_verifier`.

mod error;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::error::{CodeRejection, Error};

use crate::{
    client::{
        AuthorizationRequest, Client, ClientLookupError, CodeChallenge, GrantType, KeyThumbprint,
        Scope, TokenTransport,
    },
    coordination::SpentMarks,
    dpop::PresentedProof,
    identity::{AuthMethod, Epoch, External, UserId, Verified},
    internal::InternalError,
    session::{self, Session, SessionRefusal, Sessions, SignIn},
    store::Store,
    token::{
        Access, SealedPurpose, SealedToken, SpendError, SsoSession, TokenForm, TokenKind,
        TokenRejection, Tokens,
    },
};

/// The lifetime of a code.
const LIFETIME: TimeDelta = TimeDelta::seconds(30);

/// The claims of a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CodeClaims {
    redirect_uri: String,
    /// Absent if a confidential client omits PKCE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    challenge: Option<CodeChallenge>,
    /// The key that alone redeems the code (RFC 9449 §10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dpop_jkt: Option<KeyThumbprint>,
    #[serde(flatten)]
    purpose: CodePurpose,
}

impl SealedPurpose for CodeClaims {
    const PURPOSE: &'static str = "code";
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CodePurpose {
    /// The login of a verified user.
    Login {
        sub: UserId,
        epoch: Epoch,
        #[serde(with = "chrono::serde::ts_seconds")]
        auth_time: DateTime<Utc>,
        amr: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<Scope>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nonce: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sid: Option<String>,
        /// The time at which the session at the issuer began.
        #[serde(
            default,
            with = "chrono::serde::ts_seconds_option",
            skip_serializing_if = "Option::is_none"
        )]
        began: Option<DateTime<Utc>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<String>,
    },
    /// A verified provider account to link.
    Account(External),
}

/// The parameters that redeem a code (RFC 6749 §4.1.3).
#[derive(Clone, Copy)]
pub struct CodeRedemption<'a> {
    /// The code.
    pub code: &'a str,
    /// The authenticated client. `None` if the request names none, as a public client may.
    pub client: Option<&'a Client>,
    /// The redirect URI that the code was sent to.
    pub redirect_uri: &'a str,
    /// The secret of the PKCE challenge (RFC 7636 §4.5).
    pub code_verifier: Option<&'a str>,
    /// The requested audience of the access token (RFC 8707 §2.2).
    pub resource: Option<&'a str>,
    /// The proof of the request.
    pub proof: &'a PresentedProof,
}

/// Makes and redeems codes.
#[derive(Debug, Clone)]
pub struct Codes {
    tokens: Tokens,
    sessions: Sessions,
    store: Store,
    spent: SpentMarks,
}

impl Codes {
    /// The sealed token of a code, and how long it is valid.
    pub const KIND: (TokenForm, TimeDelta) = (SealedToken::<CodeClaims>::FORM, LIFETIME);

    /// Returns the codes for sessions of the users in `store`. `spent` contains the redeemed codes.
    pub fn new(tokens: Tokens, sessions: Sessions, store: Store, spent: SpentMarks) -> Self {
        Self {
            tokens,
            sessions,
            store,
            spent,
        }
    }

    /// Returns a code for the login of a verified user, or `None` if the client uses cookies. The login
    /// belongs to the session at the issuer, if there is one.
    pub fn of_login(
        &self,
        request: &AuthorizationRequest,
        verified: &Verified,
        session: Option<&SsoSession>,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, InternalError> {
        let purpose = CodePurpose::Login {
            sub: verified.user().id,
            epoch: verified.user().session_epoch,
            auth_time: verified.at(),
            amr: verified.amr(),
            scope: request.scope.clone(),
            nonce: request.nonce.clone(),
            sid: session.map(|session| session.sid.clone()),
            began: session.map(|session| session.began),
            resource: request.resource.clone(),
        };
        self.issue(request, purpose, now)
    }

    /// Returns a code for an account to link, or `None` if the request has no PKCE challenge.
    pub fn of_account(
        &self,
        request: &AuthorizationRequest,
        account: External,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, InternalError> {
        self.issue(request, CodePurpose::Account(account), now)
    }

    fn issue(
        &self,
        request: &AuthorizationRequest,
        purpose: CodePurpose,
        now: DateTime<Utc>,
    ) -> Result<Option<String>, InternalError> {
        let challenge = request.code_challenge.clone();
        let client = self.tokens.clients().get(&request.client_id);
        if challenge.is_none() && client.is_none_or(|client| client.requires_pkce) {
            return Ok(None);
        }
        let code = CodeClaims {
            redirect_uri: request.redirect_uri.clone(),
            challenge,
            dpop_jkt: request.dpop_jkt.clone(),
            purpose,
        };
        let code = self.tokens.seal(code, &request.client_id, LIFETIME, now)?;
        Ok(Some(code))
    }

    /// Redeems a code of a login for a session, with one read.
    ///
    /// # Errors
    /// The code or the client is refused, or the service fails.
    pub async fn redeem(
        &self,
        presented: CodeRedemption<'_>,
        now: DateTime<Utc>,
    ) -> Result<Session, Error> {
        let (requested, proof) = (presented.resource, presented.proof);
        let code = self.open(presented, now).await?;
        let is_bound = code.claims.challenge.is_some();
        let CodePurpose::Login {
            sub,
            epoch,
            auth_time,
            amr,
            scope,
            nonce,
            sid,
            began,
            resource,
        } = code.claims.purpose
        else {
            return Err(CodeRejection::OtherIntent.into());
        };
        let client = self.tokens.clients().choose(Some(&code.client_id))?;
        if !client.may_use(GrantType::AuthorizationCode) {
            return Err(ClientLookupError::Grant.into());
        }
        let methods = amr.iter().map(|word| word.parse::<AuthMethod>());
        let methods = methods.collect::<Result<_, _>>();
        let methods = methods.map_err(|_| TokenRejection::Claims)?;
        // A client with cookie transport has received cookies instead of a code.
        if client.transport != TokenTransport::Bearer {
            return Err(CodeRejection::OtherIntent.into());
        }
        if client
            .select_audience(resource.as_deref(), requested)
            .is_none()
        {
            return Err(session::Error::Target.into());
        }
        if began.is_some_and(|began| began + client.refresh_absolute <= now) {
            return Err(CodeRejection::Ended.into());
        }
        let dpop_jkt = code.claims.dpop_jkt.as_ref();
        let possession = self
            .sessions
            .possession_of_code(client, dpop_jkt, proof, now)
            .await?;
        let user = self.store.user_of_epoch(sub, epoch).await?;
        let user = user
            .filter(|user| user.accepts_epoch(epoch))
            .ok_or(CodeRejection::Ended)?;
        // The code is spent last, so a request that fails before can be repeated.
        spend(&self.spent, (&code.jti, code.exp), is_bound, now).await?;
        let verified = Verified::new(user, methods, auth_time.min(now));
        let parameters = SignIn {
            scope: scope.as_ref(),
            nonce,
            sid,
            began,
            resource,
            requested,
            possession,
        };
        Ok(self
            .sessions
            .sign_in_with(&verified, client, parameters, now)?)
    }

    /// Returns the account of a code, for the session that links it. A code with `dpop_jkt` needs the proof of that key
    /// (RFC 9449 §10). The code stays valid, because linking an account twice changes nothing.
    ///
    /// # Errors
    /// The code, the proof or the client is refused, or the service fails.
    pub async fn account(
        &self,
        presented: CodeRedemption<'_>,
        session: &Access,
        now: DateTime<Utc>,
    ) -> Result<External, Error> {
        let proof = presented.proof;
        let code = self.open(presented, now).await?;
        let CodePurpose::Account(account) = code.claims.purpose else {
            return Err(CodeRejection::OtherIntent.into());
        };
        if let Some(key) = &code.claims.dpop_jkt {
            let proven = self.sessions.check_key_of_request(key, session, proof, now);
            proven.await.map_err(|error| match error {
                session::Error::Refused(SessionRefusal::OtherKey) => CodeRejection::OtherKey.into(),
                error => Error::Session(error),
            })?;
        }
        Ok(account)
    }

    async fn open(
        &self,
        presented: CodeRedemption<'_>,
        now: DateTime<Utc>,
    ) -> Result<SealedToken<CodeClaims>, Error> {
        let code: SealedToken<CodeClaims> = self.tokens.unseal(presented.code, now).await?;
        let client = self.tokens.clients().choose(Some(&code.client_id))?;
        match presented.client {
            Some(named) if named.client_id != code.client_id => {
                return Err(CodeRejection::OtherClient.into());
            }
            None if client.authentication.is_confidential() => {
                return Err(ClientLookupError::Unauthenticated.into());
            }
            _ => {}
        }
        if code.claims.redirect_uri != presented.redirect_uri {
            return Err(CodeRejection::OtherRedirectUri.into());
        }
        // A verifier without a challenge is refused as well: otherwise an attacker could strip the
        // challenge from a request (RFC 9700 §4.8.2).
        let is_proven = match (&code.claims.challenge, presented.code_verifier) {
            (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
            (None, None) => true,
            _ => false,
        };
        if !is_proven {
            return Err(CodeRejection::CodeVerifier.into());
        }
        if self.spent.contains(&code.jti) {
            return Err(CodeRejection::Spent.into());
        }
        Ok(code)
    }
}

/// Marks a code as redeemed. If no more codes can be stored, a code that is bound to a PKCE challenge is accepted
/// nevertheless: only the client that began the login can redeem it, and otherwise one user could stop all logins.
///
/// # Errors
/// The code has been redeemed, or it cannot be stored and is not bound.
async fn spend(
    spent: &SpentMarks,
    (jti, exp): (&str, DateTime<Utc>),
    is_bound: bool,
    now: DateTime<Utc>,
) -> Result<(), SpendError> {
    match spent.spend(jti, exp, now).await {
        Err(SpendError::Full) if is_bound => {
            tracing::warn!("too many codes are redeemed at once: this one is not remembered");
            Ok(())
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn full_table_stops_only_codes_without_a_challenge() {
        let spent = SpentMarks::default();
        let (now, exp) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + LIFETIME);
        let mut number = 0;
        while spent.spend(&number.to_string(), exp, now).await.is_ok() {
            number += 1;
        }
        let redeem = |jti, is_bound| {
            let spent = spend(&spent, (jti, exp), is_bound, now);
            spent.now_or_never().unwrap()
        };
        assert_eq!(redeem("new", false), Err(SpendError::Full));
        assert_eq!(redeem("new", true), Ok(()));
        assert_eq!(redeem("0", true), Err(SpendError::Before));
    }
}

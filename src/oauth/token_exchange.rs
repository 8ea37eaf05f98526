//! Token exchange (RFC 8693), for narrower tokens only: a service that received an access token obtains one
//! for another service, with the same user, at most the same scope, and at most the same lifetime.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::issued_access_token::IssuedAccessToken;
use crate::{
    audit::{AuditAction, audit},
    client::{Client, KeyConfirmation, Scope},
    dpop::{PresentedProof, ProofError, ProofVerifier},
    entropy::Entropy,
    internal::{InternalError, convert_faults},
    store::Store,
    token::{Access, SubjectToken, Tokens},
};

/// The type of access tokens (RFC 8693 §3).
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// The most nested `act` claims of a token (§4.1).
const MAX_ACTORS: usize = 3;

/// The reason why a token is not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum TokenExchangeError {
    /// The subject token is invalid, for another service, or its session has ended.
    #[error("the subject token is refused: {0}")]
    Subject(&'static str),
    /// The client may not exchange tokens for that audience.
    #[error("the client may not exchange tokens for this audience")]
    Target,
    /// The scope exceeds that of the subject token.
    #[error("the requested scope exceeds the scope of the subject token")]
    Scope,
    /// The chain of actors is too long.
    #[error("the token has been exchanged {MAX_ACTORS} times already")]
    TooManyActors,
    /// The proof of possession is missing or refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(TokenExchangeError, |rejected| Self::Subject(
    rejected.as_str()
));

/// The parameters of an exchange (§2.1).
#[derive(Debug, Clone, Copy)]
pub struct ExchangeRequest<'a> {
    /// The access token that the client received.
    pub subject_token: &'a str,
    /// The service for which the client needs a token.
    pub audience: &'a str,
    /// The requested scope. Without it, that of the subject token.
    pub scope: Option<&'a Scope>,
    /// The proof of the request. The new token is bound to the key of the exchanging client, and never to that of the
    /// subject token.
    pub proof: &'a PresentedProof,
}

/// Exchanges access tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TokenExchangeGrant {
    /// The tokens.
    pub tokens: Tokens,
    /// The users.
    pub store: Store,
    /// Verifies proofs of possession.
    pub proofs: ProofVerifier,
    /// The source of token identifiers.
    pub entropy: Entropy,
}

impl TokenExchangeGrant {
    /// Exchanges an access token for an authenticated client. Reads the user's row, so that an ended
    /// session obtains nothing, and writes nothing.
    ///
    /// # Errors
    /// See [`TokenExchangeError`].
    pub async fn exchange(
        &self,
        client: &Client,
        request: ExchangeRequest<'_>,
        now: DateTime<Utc>,
    ) -> Result<IssuedAccessToken, TokenExchangeError> {
        let SubjectToken(subject) = self.tokens.verify(request.subject_token, now)?;
        if !client.has_audience(&subject.aud) {
            return Err(TokenExchangeError::Subject("another audience"));
        }
        let audience = request.audience.to_owned();
        if !client.may_exchange_to.contains(&audience) {
            return Err(TokenExchangeError::Target);
        }
        let scope = subject.scope.granted(request.scope);
        let scope = scope.ok_or(TokenExchangeError::Scope)?;
        let act = actors(client, &subject)?;
        let possession = self
            .proofs
            .of_new_tokens(client, request.proof, now)
            .await?;
        let key = possession.key.filter(|_| client.binds_access_tokens());
        let user = self.store.user_of_epoch(subject.sub, subject.epoch).await?;
        let user = user.filter(|user| user.accepts_epoch(subject.epoch));
        let user = user.ok_or(TokenExchangeError::Subject("ended"))?;
        let mut access = Access {
            aud: audience,
            exp: subject.exp.min(now + client.access_lifetime),
            iat: now,
            jti: self.entropy.identifier()?,
            client_id: client.client_id.clone(),
            scope: scope.without_login(),
            roles: vec![user.role],
            cnf: key.map(|jkt| KeyConfirmation { jkt }),
            session_jkt: None,
            ..subject
        };
        // The additional claims are those of another client.
        access.extra.0.clear();
        access.extra.0.insert("act".to_owned(), act);
        let access_token = self.tokens.mint(&access, now)?;
        audit!(
            AuditAction::TokenExchange,
            Done,
            user.id = %access.sub,
            sid = %access.sid,
            client_id = %client.client_id,
        );
        Ok(IssuedAccessToken {
            access_token,
            lifetime: access.exp - access.iat,
            scope: access.scope,
            is_bound: access.cnf.is_some(),
            next_nonce: possession.next_nonce,
        })
    }
}

/// The `act` claim (§4.1): the exchanging client, and within it the actors of the subject token.
fn actors(client: &Client, subject: &Access) -> Result<Value, TokenExchangeError> {
    let previous = subject.extra.0.get("act");
    let chain = std::iter::successors(previous, |actor| actor.get("act"));
    if chain.count() >= MAX_ACTORS {
        return Err(TokenExchangeError::TooManyActors);
    }
    Ok(match previous {
        Some(previous) => json!({ "sub": client.client_id, "act": previous }),
        None => json!({ "sub": client.client_id }),
    })
}

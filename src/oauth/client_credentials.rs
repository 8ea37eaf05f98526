//! The client credentials grant (RFC 6749 §4.4): a token for the client itself. Reads and writes nothing
//! in the database.

use chrono::{DateTime, Utc};

use super::issued_access_token::IssuedAccessToken;
use crate::{
    audit::{AuditAction, audit},
    client::{Client, KeyConfirmation, Scope},
    dpop::{PresentedProof, ProofError, ProofVerifier},
    entropy::Entropy,
    identity::Role,
    internal::{InternalError, convert_faults},
    token::{ClientAccess, MintError, Tokens},
};

/// The reason why a client obtains no token.
#[derive(Debug, thiserror::Error)]
pub enum ClientCredentialsError {
    /// The scope exceeds that of the client.
    #[error("the requested scope exceeds the scope of the client")]
    Scope,
    /// The client does not have the resource as an audience (RFC 8707 §2).
    #[error("the resource is not an audience of the client")]
    Target,
    /// The proof of possession is missing or refused.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

convert_faults!(ClientCredentialsError);

/// Issues tokens to clients. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClientCredentialsGrant {
    /// The tokens.
    pub tokens: Tokens,
    /// Verifies proofs of possession.
    pub proofs: ProofVerifier,
    /// The source of token identifiers.
    pub entropy: Entropy,
}

impl ClientCredentialsGrant {
    /// Issues an access token to an authenticated client: with every scope of the client, unless the
    /// request names fewer, and for its default audience, unless the request names another one.
    ///
    /// # Errors
    /// See [`ClientCredentialsError`].
    pub async fn issue(
        &self,
        client: &Client,
        scope: Option<&Scope>,
        resource: Option<&str>,
        (proof, now): (&PresentedProof, DateTime<Utc>),
    ) -> Result<IssuedAccessToken, ClientCredentialsError> {
        let scope = client.scopes.granted(scope);
        let scope = scope.ok_or(ClientCredentialsError::Scope)?;
        let audience = client.select_audience(None, resource);
        let audience = audience.ok_or(ClientCredentialsError::Target)?;
        let possession = self.proofs.of_new_tokens(client, proof, now).await?;
        let key = possession.key.filter(|_| client.binds_access_tokens());
        let roles = client.roles.iter().map(|role| Role::parse(role));
        let access = ClientAccess {
            iss: self.tokens.issuer().as_str().to_owned(),
            sub: client.client_id.clone(),
            aud: audience.to_owned(),
            exp: now + client.access_lifetime,
            iat: now,
            jti: self.entropy.identifier()?,
            client_id: client.client_id.clone(),
            scope: scope.without_login(),
            roles: roles
                .collect::<Result<_, _>>()
                .map_err(|_| MintError::Claims)?,
            cnf: key.map(|jkt| KeyConfirmation { jkt }),
        };
        let access_token = self.tokens.mint(&access, now)?;
        audit!(AuditAction::ClientCredentials, Done, client_id = %client.client_id);
        Ok(IssuedAccessToken {
            access_token,
            lifetime: access.exp - access.iat,
            scope: access.scope,
            is_bound: access.cnf.is_some(),
            next_nonce: possession.next_nonce,
        })
    }
}

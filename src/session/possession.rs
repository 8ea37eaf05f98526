//! The keys that clients prove to possess (RFC 9449): of new sessions, of codes, and of presented access tokens.

use chrono::{DateTime, Utc};

use super::{Error, SessionRefusal, Sessions};
use crate::{
    client::{Client, KeyThumbprint, TokenTransport},
    dpop::{Possession, PossessionError, PresentedProof, ProofRejection, TokenBinding},
    token::Access,
};

impl Sessions {
    /// Returns the key to which a new session of the client is bound. Called before the login, so that a login which
    /// can be used once is not spent if the client has to make another proof.
    ///
    /// # Errors
    /// The proof is refused, or is missing although the client must present one.
    pub async fn possession(
        &self,
        client: &Client,
        proof: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, Error> {
        Ok(self.proofs.of_new_tokens(client, proof, now).await?)
    }

    /// Returns the key to which the session of a code is bound. With `dpop_jkt`, only the proof of that key redeems the
    /// code (RFC 9449 §10).
    ///
    /// # Errors
    /// The proof is missing or refused, or is that of another key.
    pub async fn possession_of_code(
        &self,
        client: &Client,
        dpop_jkt: Option<&KeyThumbprint>,
        proof: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, Error> {
        Ok(self.proofs.of_code(client, dpop_jkt, proof, now).await?)
    }

    /// Checks that an authenticated request proves the possession of this key: by its bound access token, whose proof
    /// has been verified with the token, or else by a proof of its own.
    ///
    /// # Errors
    /// The proof is missing or refused, or is that of another key.
    pub async fn check_key_of_request(
        &self,
        key: &KeyThumbprint,
        session: &Access,
        proof: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        match &session.cnf {
            Some(confirmation) if confirmation.jkt == *key => Ok(()),
            None if proof.is_given() => {
                self.proofs.of_key(key, proof, None, now).await?;
                Ok(())
            }
            Some(_) | None => Err(PossessionError::OtherKey.into()),
        }
    }

    /// Returns the key to which the successor of a session is bound: that of the session, whose proof a request with a
    /// bearer token has to present. The proof of a bound access token has been verified with the token.
    ///
    /// # Errors
    /// The proof is missing or refused, or is that of another key.
    pub async fn possession_of_session(
        &self,
        session: &Access,
        proof: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Possession, Error> {
        if let Some(confirmation) = &session.cnf {
            return Ok(Possession {
                key: Some(confirmation.jkt.clone()),
                next_nonce: None,
            });
        }
        let client = self.clients().choose_public(Some(&session.client_id))?;
        let token = TokenBinding {
            key: session.session_jkt.as_ref(),
            issued_at: session.iat,
        };
        Ok(self.proofs.of_successors(client, token, proof, now).await?)
    }

    /// Verifies an access token that is bound to no key, and returns its claims. The user's row is not read.
    ///
    /// # Errors
    /// The token is refused, or the client of the token presents tokens in another way.
    pub fn presented(
        &self,
        access_token: &str,
        by: TokenTransport,
        now: DateTime<Utc>,
    ) -> Result<Access, Error> {
        let session = self.verify_access(access_token, by, now)?;
        if session.cnf.is_some() {
            return Err(SessionRefusal::BoundToken.into());
        }
        Ok(session)
    }

    /// Verifies an access token and the proof of the key that it is bound to (RFC 9449 §7.1), and returns its claims. The
    /// user's row is not read.
    ///
    /// # Errors
    /// The token or the proof is refused, or the client of the token presents tokens in another way.
    pub async fn presented_with_proof(
        &self,
        access_token: &str,
        proof: &PresentedProof,
        now: DateTime<Utc>,
    ) -> Result<Access, Error> {
        let session = self.verify_access(access_token, TokenTransport::Bearer, now)?;
        let Some(confirmation) = &session.cnf else {
            return Err(SessionRefusal::Unbound.into());
        };
        let proven = self
            .proofs
            .of_key(&confirmation.jkt, proof, Some(access_token), now);
        proven.await.map_err(|error| match error {
            PossessionError::Proof(error) => error,
            PossessionError::OtherKey | PossessionError::Unbound => ProofRejection::OtherKey.into(),
        })?;
        Ok(session)
    }

    fn verify_access(
        &self,
        access_token: &str,
        by: TokenTransport,
        now: DateTime<Utc>,
    ) -> Result<Access, Error> {
        let session: Access = self.tokens.verify(access_token, now)?;
        let client = self.clients().get(&session.client_id);
        if client.is_none_or(|client| client.transport != by) {
            return Err(SessionRefusal::OtherTransport.into());
        }
        Ok(session)
    }
}

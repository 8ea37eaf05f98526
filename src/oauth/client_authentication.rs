//! Client authentication at the token endpoint (RFC 6749 §2.3, RFC 7523 §2.2).

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::client_keys::ClientKeySets;
use crate::{
    cached_fetch::LookupError,
    client::{Client, ClientAuthMethod, Clients},
    config::Issuer,
    coordination::SpentMarks,
    internal::InternalError,
    limits::{ChargedCaller, LimitError, LimitedAction, Limits, RateLimited},
    network::Network,
    token::{
        TokenRejection, Tokens,
        foreign::{ClientAssertion, ExpectedAssertion, unverified_subject},
    },
};

/// The `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The name under which attempts for unknown clients are charged. A `client_id` is never empty.
const UNKNOWN_CLIENT: &str = "";

/// The credentials of a client as a request presents them.
#[derive(Clone, Copy, Default)]
pub struct PresentedCredentials<'a> {
    /// The decoded `client_id` and password of HTTP Basic.
    pub basic: Option<(&'a str, &'a str)>,
    /// The `client_id` of the form.
    pub client_id: Option<&'a str>,
    /// The `client_secret` of the form.
    pub client_secret: Option<&'a str>,
    /// The `client_assertion_type` of the form.
    pub assertion_type: Option<&'a str>,
    /// The `client_assertion` of the form.
    pub assertion: Option<&'a str>,
}

/// The reason why client authentication failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientAuthenticationError {
    /// The request uses several methods at once (RFC 6749 §2.3).
    #[error("the request uses more than one client authentication method")]
    SeveralMethods,
    /// The request names two clients.
    #[error("the request names two different clients")]
    OtherClientId,
    /// The assertion comes without its type, or with another one.
    #[error("client_assertion_type must be {ASSERTION_TYPE}")]
    AssertionType,
    /// The request names a client that is not configured, and presents no credentials.
    #[error("the client is not configured")]
    UnknownClient,
    /// The credentials are missing or wrong, or the client may not use that method. Responses do not distinguish
    /// these reasons.
    #[error("client authentication failed: {0}")]
    Failed(&'static str),
    /// The network has failed too often for this client.
    #[error("rate limited")]
    Limited(RateLimited),
    /// The keys of the client cannot be fetched at the moment.
    #[error("the keys of the client cannot be fetched")]
    Unavailable {
        /// The time until they are requested again.
        retry_after: Duration,
    },
    /// A fault of the service.
    #[error(transparent)]
    Internal(InternalError),
}

/// Authenticates clients. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ClientAuthenticator {
    /// The tokens, which hold the configured clients and verify assertions.
    pub tokens: Tokens,
    /// The key sets of clients that use `private_key_jwt`.
    pub keys: ClientKeySets,
    /// The limits of failed attempts.
    pub limits: Limits,
    /// The `jti` of used assertions.
    pub used: SpentMarks,
}

impl ClientAuthenticator {
    fn clients(&self) -> &Clients {
        self.tokens.clients()
    }

    fn issuer(&self) -> &Issuer {
        self.tokens.issuer()
    }

    /// Authenticates the client of a request. `None` for a request that names no client: the presented
    /// token names a public client then.
    ///
    /// # Errors
    /// See [`ClientAuthenticationError`]. A failure is charged to the network for this client.
    pub async fn authenticate(
        &self,
        presented: PresentedCredentials<'_>,
        network: Network,
        now: DateTime<Utc>,
    ) -> Result<Option<&Client>, ClientAuthenticationError> {
        let Some((client_id, method)) = presented.method()? else {
            return Ok(None);
        };
        let client = self.verify(&client_id, method, presented, now).await;
        // A limit for failures only: others cannot keep a client from authenticating with its own credentials,
        // which are too long to be guessed.
        if let Err(ClientAuthenticationError::Failed(_)) = client {
            self.charge(&client_id, network).await?;
        }
        client.map(Some)
    }

    /// Charges a failed authentication to the network for this client.
    ///
    /// # Errors
    /// The network has failed too often.
    async fn charge(
        &self,
        client_id: &str,
        network: Network,
    ) -> Result<(), ClientAuthenticationError> {
        // All unknown clients share one key, so requests with invented names do not fill the table of budgets.
        let is_known = self.clients().get(client_id).is_some();
        let charged_client = if is_known { client_id } else { UNKNOWN_CLIENT };
        let caller = ChargedCaller::at(network).authenticating_as(charged_client);
        match self.limits.charge(LimitedAction::Client, caller).await {
            Ok(receipt) => {
                receipt.keep();
                Ok(())
            }
            Err(LimitError::Reached(refused)) => Err(ClientAuthenticationError::Limited(refused)),
            Err(LimitError::Unavailable) => Err(ClientAuthenticationError::Internal(
                InternalError::NoCoordination,
            )),
        }
    }

    async fn verify(
        &self,
        client_id: &str,
        method: ClientAuthMethod,
        presented: PresentedCredentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<&Client, ClientAuthenticationError> {
        let client = self.clients().get(client_id);
        let client = client.ok_or(match method {
            ClientAuthMethod::None => ClientAuthenticationError::UnknownClient,
            _ => ClientAuthenticationError::Failed("unknown client"),
        })?;
        if !client.authentication.accepts(method) {
            return Err(ClientAuthenticationError::Failed("other method"));
        }
        match method {
            ClientAuthMethod::None => {}
            ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost => {
                let basic = presented.basic.map(|(_, secret)| secret);
                let secret = basic.or(presented.client_secret).unwrap_or_default();
                if !client.authentication.has_secret(secret) {
                    return Err(ClientAuthenticationError::Failed("wrong secret"));
                }
            }
            ClientAuthMethod::PrivateKeyJwt => {
                let assertion = presented.assertion.unwrap_or_default();
                self.verify_assertion(client, assertion, now).await?;
            }
        }
        Ok(client)
    }

    async fn verify_assertion(
        &self,
        client: &Client,
        assertion: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ClientAuthenticationError> {
        let keys = self.keys.of(client, assertion).await;
        let keys = keys.map_err(|missed| match missed {
            LookupError::Unknown => ClientAuthenticationError::Failed("unknown key"),
            LookupError::Unavailable { retry_after, .. } => {
                ClientAuthenticationError::Unavailable { retry_after }
            }
        })?;
        let endpoint = self.issuer().endpoint("/token");
        let audiences = [self.issuer().as_str(), &endpoint];
        let expected = ExpectedAssertion {
            client_id: &client.client_id,
            audiences: &audiences,
        };
        let verified = self
            .tokens
            .verify_client_assertion(assertion, &keys, expected, now);
        let ClientAssertion { jti, exp } = verified.map_err(|rejected: TokenRejection| {
            ClientAuthenticationError::Failed(rejected.as_str())
        })?;
        let identifier = format!("{} {jti}", client.client_id);
        let used = self.used.spend(&identifier, exp, now).await;
        used.map_err(|error| match InternalError::unrecordable(error) {
            Some(fault) => ClientAuthenticationError::Internal(fault),
            None => ClientAuthenticationError::Failed("used assertion"),
        })
    }
}

impl PresentedCredentials<'_> {
    /// The client that the request names, and the method by which it authenticates.
    fn method(&self) -> Result<Option<(String, ClientAuthMethod)>, ClientAuthenticationError> {
        let given = [
            self.basic.is_some_and(|(_, secret)| !secret.is_empty()),
            self.client_secret.is_some(),
            self.assertion.is_some() || self.assertion_type.is_some(),
        ];
        if given.iter().filter(|given| **given).count() > 1 {
            return Err(ClientAuthenticationError::SeveralMethods);
        }
        let by_header = self.basic.map(|(client_id, _)| client_id.to_owned());
        let by_assertion = self.assertion.and_then(unverified_subject);
        let named = [by_header, by_assertion, self.client_id.map(str::to_owned)];
        let mut named = named.into_iter().flatten();
        let Some(client_id) = named.next() else {
            return if given.contains(&true) {
                Err(ClientAuthenticationError::Failed("no client_id"))
            } else {
                Ok(None)
            };
        };
        if named.any(|other| other != client_id) {
            return Err(ClientAuthenticationError::OtherClientId);
        }
        let method = match given {
            [true, ..] => ClientAuthMethod::ClientSecretBasic,
            [_, true, _] => ClientAuthMethod::ClientSecretPost,
            [_, _, true] if self.assertion_type != Some(ASSERTION_TYPE) => {
                return Err(ClientAuthenticationError::AssertionType);
            }
            [_, _, true] => ClientAuthMethod::PrivateKeyJwt,
            _ => ClientAuthMethod::None,
        };
        Ok(Some((client_id, method)))
    }
}

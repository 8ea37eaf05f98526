//! The document of an OpenID provider (OpenID Connect Discovery §3).

use serde::Deserialize;
use url::Url;

use crate::{
    fetch::{Fetcher, NotAdmitted},
    json,
};

/// Where an OpenID provider is spoken to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Who it is: the configured issuer, byte for byte.
    pub issuer: String,
    /// Where people are sent.
    pub authorization_endpoint: Url,
    /// Where a code is redeemed.
    pub token_endpoint: Url,
    /// Where its keys are.
    pub jwks_uri: Url,
    /// Where more is said of a person.
    pub userinfo_endpoint: Option<Url>,
    /// How a client may say who it is at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether its answers say whose they are (RFC 9207 §3): then they must.
    pub authorization_response_iss_parameter_supported: bool,
}

/// What is wrong with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoMetadata {
    /// No JSON, or not all that is required.
    #[error("is no metadata of an OpenID provider")]
    Syntax,
    /// Somebody else's.
    #[error("is of another issuer")]
    Issuer,
    /// An address in it is none.
    #[error("has no URL as its {0}")]
    Url(&'static str),
    /// An address in it is not to be asked.
    #[error("says that its {0} {1}")]
    NotAdmitted(&'static str, NotAdmitted),
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Metadata {
    /// Reads the document of that issuer. Every address in it must be one that may be asked.
    ///
    /// # Errors
    /// It is no such document.
    pub fn read(text: &[u8], issuer: &str, fetcher: &Fetcher) -> Result<Self, NoMetadata> {
        let document: Document = json::object(text).map_err(|_| NoMetadata::Syntax)?;
        if document.issuer != issuer {
            return Err(NoMetadata::Issuer);
        }
        let url = |member: &'static str, text: &str| {
            let url = Url::parse(text).map_err(|_| NoMetadata::Url(member))?;
            match fetcher.admits(&url) {
                Ok(()) => Ok(url),
                Err(why) => Err(NoMetadata::NotAdmitted(member, why)),
            }
        };
        let basic = || vec!["client_secret_basic".to_owned()];
        Ok(Self {
            authorization_endpoint: url(
                "authorization_endpoint",
                &document.authorization_endpoint,
            )?,
            token_endpoint: url("token_endpoint", &document.token_endpoint)?,
            jwks_uri: url("jwks_uri", &document.jwks_uri)?,
            userinfo_endpoint: match &document.userinfo_endpoint {
                Some(text) => Some(url("userinfo_endpoint", text)?),
                None => None,
            },
            issuer: document.issuer,
            token_endpoint_auth_methods_supported: document
                .token_endpoint_auth_methods_supported
                .unwrap_or_else(basic),
            authorization_response_iss_parameter_supported: document
                .authorization_response_iss_parameter_supported
                .unwrap_or_default(),
        })
    }
}

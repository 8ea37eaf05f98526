//! The document of an OpenID provider (OpenID Connect Discovery §3).

use serde_json::Value;
use url::Url;

use crate::{
    fetch::{Fetcher, NotAdmitted},
    json::foreign::{ForeignDocument, ForeignDocumentError, text},
};

/// Where an OpenID provider is spoken to, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMetadata {
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
pub enum MetadataError {
    /// The document is not a JSON object.
    #[error("is not the metadata of an OpenID provider")]
    Syntax,
    /// A required member is missing or has another type.
    #[error("is not the metadata of an OpenID provider: it has no usable {0}")]
    Member(&'static str),
    /// Somebody else's.
    #[error("belongs to another issuer")]
    Issuer,
    /// An address in it is none.
    #[error("has no URL as its {0}")]
    Url(&'static str),
    /// An address in it is not to be asked.
    #[error("says that its {0} {1}")]
    NotAdmitted(&'static str, NotAdmitted),
}

impl From<ForeignDocumentError> for MetadataError {
    fn from(unreadable: ForeignDocumentError) -> Self {
        match unreadable {
            ForeignDocumentError::Syntax(_) => Self::Syntax,
            ForeignDocumentError::Member(_, member) => Self::Member(member),
        }
    }
}

impl ProviderMetadata {
    /// Reads the document of that issuer. Every address in it must be one that may be asked. An
    /// optional member of another type, or a `userinfo_endpoint` that is not a URL, counts as absent.
    ///
    /// # Errors
    /// It is no such document.
    pub fn read(document: &[u8], issuer: &str, fetcher: &Fetcher) -> Result<Self, MetadataError> {
        let mut document = ForeignDocument::parse("discovery document", document)?;
        let said = document.required("issuer", text)?;
        if said != issuer {
            return Err(MetadataError::Issuer);
        }
        let admitted = |member: &'static str, url: Url| match fetcher.admits(&url) {
            Ok(()) => Ok(url),
            Err(why) => Err(MetadataError::NotAdmitted(member, why)),
        };
        let mut endpoint = |member: &'static str| {
            let url = document.required(member, text)?;
            let url = Url::parse(&url).map_err(|_| MetadataError::Url(member))?;
            admitted(member, url)
        };
        let authorization_endpoint = endpoint("authorization_endpoint")?;
        let token_endpoint = endpoint("token_endpoint")?;
        let jwks_uri = endpoint("jwks_uri")?;
        let userinfo = "userinfo_endpoint";
        let url = |value: Value| Url::parse(value.as_str()?).ok();
        let userinfo_endpoint = document.optional(userinfo, url);
        let userinfo_endpoint = userinfo_endpoint.map(|url| admitted(userinfo, url));
        let methods = document.optional("token_endpoint_auth_methods_supported", texts);
        let basic = || vec!["client_secret_basic".to_owned()];
        let says_iss = document.optional("authorization_response_iss_parameter_supported", |it| {
            it.as_bool()
        });
        Ok(Self {
            issuer: said,
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint: userinfo_endpoint.transpose()?,
            token_endpoint_auth_methods_supported: methods.unwrap_or_else(basic),
            authorization_response_iss_parameter_supported: says_iss.unwrap_or_default(),
        })
    }
}

/// A list of texts.
fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(all) => all.into_iter().map(text).collect(),
        _ => None,
    }
}

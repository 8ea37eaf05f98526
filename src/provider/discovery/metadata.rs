//! The metadata of an OpenID provider (OpenID Connect Discovery §3).

use serde_json::Value;
use url::Url;

use crate::{
    fetch::{Fetcher, NotAdmitted},
    json::foreign::{ForeignDocument, ForeignDocumentError, text},
};

/// The endpoints and capabilities of an OpenID provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderMetadata {
    /// The issuer, which equals the configured one byte for byte.
    pub issuer: String,
    /// The authorization endpoint.
    pub authorization_endpoint: Url,
    /// The token endpoint.
    pub token_endpoint: Url,
    /// The URL of the key set.
    pub jwks_uri: Url,
    /// The userinfo endpoint.
    pub userinfo_endpoint: Option<Url>,
    /// The methods of client authentication at the token endpoint.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// `true` if authorization responses have an `iss` (RFC 9207 §3), which is then required.
    pub authorization_response_iss_parameter_supported: bool,
}

/// A reason why a document is not usable metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// The document is not a JSON object.
    #[error("is not the metadata of an OpenID provider")]
    Syntax,
    /// A required member is missing or has another type.
    #[error("is not the metadata of an OpenID provider: it has no usable {0}")]
    Member(&'static str),
    /// The metadata belong to another issuer.
    #[error("belongs to another issuer")]
    Issuer,
    /// The member is not a URL.
    #[error("has no URL as its {0}")]
    Url(&'static str),
    /// Requests to the URL are not allowed.
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
    /// Reads the metadata of that issuer. Requests to every URL in the document must be allowed. An optional
    /// member of another type, or a `userinfo_endpoint` that is not a URL, counts as absent.
    ///
    /// # Errors
    /// The document is not usable metadata of the issuer.
    pub fn read(document: &[u8], issuer: &str, fetcher: &Fetcher) -> Result<Self, MetadataError> {
        let mut document = ForeignDocument::parse("discovery document", document)?;
        let found = document.required("issuer", text)?;
        if found != issuer {
            return Err(MetadataError::Issuer);
        }
        let check_url = |member: &'static str, url: Url| match fetcher.check_url(&url) {
            Ok(()) => Ok(url),
            Err(why) => Err(MetadataError::NotAdmitted(member, why)),
        };
        let mut endpoint = |member: &'static str| {
            let url = document.required(member, text)?;
            let url = Url::parse(&url).map_err(|_| MetadataError::Url(member))?;
            check_url(member, url)
        };
        let authorization_endpoint = endpoint("authorization_endpoint")?;
        let token_endpoint = endpoint("token_endpoint")?;
        let jwks_uri = endpoint("jwks_uri")?;
        let userinfo = "userinfo_endpoint";
        let url = |value: Value| Url::parse(value.as_str()?).ok();
        let userinfo_endpoint = document.optional(userinfo, url);
        let userinfo_endpoint = userinfo_endpoint.map(|url| check_url(userinfo, url));
        let methods = document.optional("token_endpoint_auth_methods_supported", texts);
        let basic = || vec!["client_secret_basic".to_owned()];
        let has_iss = document.optional("authorization_response_iss_parameter_supported", |it| {
            it.as_bool()
        });
        Ok(Self {
            issuer: found,
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint: userinfo_endpoint.transpose()?,
            token_endpoint_auth_methods_supported: methods.unwrap_or_else(basic),
            authorization_response_iss_parameter_supported: has_iss.unwrap_or_default(),
        })
    }
}

/// Reads a list of texts.
fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(all) => all.into_iter().map(text).collect(),
        _ => None,
    }
}

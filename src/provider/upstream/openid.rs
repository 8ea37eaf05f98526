//! Login with OpenID providers, with the differences of Google, Microsoft and Apple.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Error, Protocol, ProviderFault, ProviderLoginRejection, Upstream,
    claims::{ClaimedEmail, ProviderClaims, ProviderProfile, VerifiedIdentity},
    token_exchange::{self, ProviderTokens},
};
use crate::{
    config::ProviderKind,
    identity::{AccountKind, EmailAddress, External, ImageUrl, PersonName},
    json::foreign::{ForeignDocument, boolean, text},
    provider::discovery::{self, Discovery},
    token::{ExpectedIdToken, IdToken, Tokens},
};

/// Verifies the ID token of a token response and returns the account.
pub(super) async fn verify_identity(
    provider: &Upstream,
    (tokens, discovery, nonce): (&Tokens, &Discovery, &str),
    issued: ProviderTokens,
    name: Option<PersonName>,
    now: DateTime<Utc>,
) -> Result<VerifiedIdentity, Error> {
    let Some(presented) = issued.id_token.as_deref() else {
        let document = token_exchange::TOKEN_ANSWER;
        let provider = provider.id();
        tracing::warn!(
            provider,
            document,
            member = "id_token",
            "a required member is missing"
        );
        return Err(ProviderLoginRejection::Answer.into());
    };
    let expected = ExpectedIdToken {
        issuer: discovery.issuer(),
        client_id: &provider.settings.client_id,
        native: &[],
        nonce,
        access_token: Some(&issued.access_token),
        max_age: None,
    };
    let id_token = verify(discovery, tokens, presented, &expected, now).await?;
    let extra = (Some(issued.access_token), name);
    Ok(provider.identity_of(id_token, extra))
}

/// Verifies an ID token with the keys of the provider.
pub(super) async fn verify(
    discovery: &Discovery,
    tokens: &Tokens,
    presented: &str,
    expected: &ExpectedIdToken<'_>,
    now: DateTime<Utc>,
) -> Result<IdToken, Error> {
    let verified = discovery.verify(tokens, presented, expected, now).await;
    verified.map_err(|error| match error {
        discovery::Error::Rejected(rejected) => ProviderLoginRejection::IdToken(rejected).into(),
        discovery::Error::Unavailable(unavailable) => ProviderFault::from(unavailable).into(),
    })
}

impl Upstream {
    /// Returns whether the provider issues ID tokens.
    pub(super) fn is_openid(&self) -> bool {
        matches!(self.protocol, Protocol::OpenId(_))
    }

    /// Returns the account of a verified ID token.
    pub(super) fn identity_of(
        &self,
        id_token: IdToken,
        (access_token, name): (Option<String>, Option<PersonName>),
    ) -> VerifiedIdentity {
        VerifiedIdentity {
            account: External {
                kind: AccountKind::Oidc,
                provider: self
                    .settings
                    .stored_as()
                    .unwrap_or(&id_token.iss)
                    .to_owned(),
                provider_account_id: id_token.sub.clone(),
            },
            auth_time: id_token.auth_time,
            claims: ProviderClaims::OpenId {
                id_token: Box::new(id_token),
                access_token,
                name,
            },
        }
    }

    /// Returns whether the provider is trusted to have verified the email, and states so.
    fn is_verified_email(&self, email: &EmailAddress, verified: bool, id_token: &IdToken) -> bool {
        let claim = |name: &str| id_token.extra.0.get(name);
        let is_verified = match self.settings.kind {
            // Google verified emails of other domains once, and they may have another owner since.
            ProviderKind::Google => {
                let is_google_domain = ["@gmail.com", "@googlemail.com"]
                    .iter()
                    .any(|domain| email.as_str().ends_with(domain));
                verified && (is_google_domain || claim("hd").is_some())
            }
            // The claim `xms_edov` states that the tenant owns the domain of the email.
            ProviderKind::Microsoft => {
                let edov = claim("xms_edov");
                let is_true = |it: &Value| *it == true || *it == 1 || *it == "1" || *it == "true";
                verified || edov.is_some_and(is_true)
            }
            ProviderKind::Apple | ProviderKind::Oidc | ProviderKind::GitHub => verified,
        };
        self.settings.trusts_addresses && is_verified
    }
}

/// The response of the userinfo endpoint (OpenID Connect Core §5.3.2).
#[derive(Debug)]
struct UserInfo {
    email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
    picture: Option<String>,
}

/// Returns the profile and the email, from the ID token or, if the ID token has no email, from the userinfo
/// endpoint.
pub(super) async fn fetch_profile(
    provider: &Upstream,
    id_token: &IdToken,
    access_token: Option<&str>,
    name: Option<PersonName>,
) -> Result<(ProviderProfile, Option<ClaimedEmail>), Error> {
    let info = match (&id_token.email, access_token) {
        (None, Some(access_token)) => fetch_userinfo(provider, id_token, access_token).await?,
        _ => None,
    };
    let (email, verified) = match &info {
        Some(info) => (&info.email, info.email_verified),
        None => (&id_token.email, id_token.email_verified),
    };
    let verified = verified.unwrap_or_default();
    let email = email.as_deref().and_then(|it| EmailAddress::parse(it).ok());
    let claimed = email.map(|email| ClaimedEmail {
        is_verified: provider.is_verified_email(&email, verified, id_token),
        email,
    });
    let names = [Some(&id_token.name), info.as_ref().map(|info| &info.name)];
    let mut names = names.into_iter().flatten().flatten();
    let name = name.or_else(|| names.find_map(|it| PersonName::cleaned(it)));
    let pictures = [
        Some(&id_token.picture),
        info.as_ref().map(|info| &info.picture),
    ];
    let mut pictures = pictures.into_iter().flatten().flatten();
    let image = pictures.find_map(|it| ImageUrl::parse(it).ok());
    Ok((ProviderProfile { name, image }, claimed))
}

async fn fetch_userinfo(
    provider: &Upstream,
    id_token: &IdToken,
    access_token: &str,
) -> Result<Option<UserInfo>, Error> {
    let Protocol::OpenId(discovery) = &provider.protocol else {
        return Ok(None);
    };
    let metadata = discovery.metadata().await.map_err(ProviderFault::from)?;
    let Some(endpoint) = &metadata.userinfo_endpoint else {
        return Ok(None);
    };
    let answer = provider.get(endpoint, access_token).await?;
    let answer = ForeignDocument::parse("userinfo answer", &answer);
    let mut answer = answer.map_err(ProviderFault::from)?;
    // OpenID Connect Core §5.3.2: a response about another user is not used.
    if answer.required("sub", text).map_err(ProviderFault::from)? != id_token.sub {
        return Err(ProviderLoginRejection::OtherPerson.into());
    }
    Ok(Some(UserInfo {
        email: answer.optional("email", text),
        email_verified: answer.optional("email_verified", boolean),
        name: answer.optional("name", text),
        picture: answer.optional("picture", text),
    }))
}

#[cfg(test)]
mod tests;

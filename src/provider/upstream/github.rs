//! Login with GitHub: OAuth, and a REST API that returns the user.

use serde_json::Value;
use url::Url;

use super::{
    Error, Protocol, ProviderFault, Upstream,
    claims::{ClaimedEmail, GitHubUser, ProviderClaims, ProviderProfile, VerifiedIdentity},
    token_exchange::{Endpoints, ProviderTokens},
};
use crate::{
    identity::{AccountKind, EmailAddress, External, ImageUrl, PersonName},
    json::foreign::{ForeignDocument, ForeignDocumentError, boolean, text},
};

/// The names of the two API responses in logs and errors.
const USER: &str = "answer to GET /user";
const EMAILS: &str = "answer to GET /user/emails";

/// An entry of the response of `GET /user/emails`.
#[derive(Debug)]
struct GitHubEmail {
    email: String,
    is_primary: bool,
    is_verified: bool,
}

impl GitHubUser {
    fn read(answer: &[u8]) -> Result<Self, ForeignDocumentError> {
        let mut answer = ForeignDocument::parse(USER, answer)?;
        Ok(Self {
            id: answer.required("id", |id| id.as_u64())?,
            login: answer.optional("login", text),
            name: answer.optional("name", text),
            avatar_url: answer.optional("avatar_url", text),
        })
    }
}

impl GitHubEmail {
    /// Reads a list of emails. An entry that cannot be read is left out.
    fn read_all(answer: &[u8]) -> Result<Vec<Self>, ForeignDocumentError> {
        let all: Vec<Value> =
            serde_json::from_slice(answer).map_err(|_| ForeignDocumentError::Syntax(EMAILS))?;
        let entries = all
            .into_iter()
            .filter_map(|entry| ForeignDocument::of_value(EMAILS, entry));
        let emails = entries.filter_map(|mut entry| {
            Some(Self {
                email: entry.optional("email", text)?,
                is_primary: entry.optional("primary", boolean).unwrap_or_default(),
                is_verified: entry.optional("verified", boolean).unwrap_or_default(),
            })
        });
        Ok(emails.collect())
    }
}

pub(super) fn endpoints(web: &Url) -> Endpoints {
    Endpoints {
        authorization: below(web, "login/oauth/authorize"),
        token: below(web, "login/oauth/access_token"),
        credentials_in_body: true,
    }
}

/// Fetches the user of the access token and returns the account.
pub(super) async fn verify_identity(
    provider: &Upstream,
    api: &Url,
    issued: ProviderTokens,
) -> Result<VerifiedIdentity, Error> {
    let access_token = issued.access_token;
    let answer = provider.get(&below(api, "user"), &access_token).await?;
    let user = GitHubUser::read(&answer).map_err(ProviderFault::from)?;
    Ok(VerifiedIdentity {
        account: External {
            kind: AccountKind::Oauth,
            provider: provider.settings.stored_as().unwrap_or_default().to_owned(),
            provider_account_id: user.id.to_string(),
        },
        auth_time: None,
        claims: ProviderClaims::GitHub { user, access_token },
    })
}

/// Returns the profile and the primary email. The email in the profile is not used, because it may belong to
/// another person.
pub(super) async fn fetch_profile(
    provider: &Upstream,
    user: GitHubUser,
    access_token: &str,
) -> Result<(ProviderProfile, Option<ClaimedEmail>), Error> {
    let Protocol::GitHub { api, .. } = &provider.protocol else {
        return Ok((ProviderProfile::default(), None));
    };
    let mut url = below(api, "user/emails");
    // 100 is the largest page, and the primary email may be the last entry.
    url.set_query(Some("per_page=100"));
    let emails = match provider.get(&url, access_token).await {
        Ok(answer) => GitHubEmail::read_all(&answer).map_err(ProviderFault::from)?,
        // GitHub answers 404 if the scope was not granted. The user then enters an email.
        Err(ProviderFault::Status(404)) => Vec::new(),
        Err(fault) => return Err(fault.into()),
    };
    let primary = emails.into_iter().find(|email| email.is_primary);
    let claimed = primary.and_then(|primary| {
        Some(ClaimedEmail {
            email: EmailAddress::parse(&primary.email).ok()?,
            is_verified: provider.settings.trusts_addresses && primary.is_verified,
        })
    });
    let mut names = [user.name, user.login].into_iter().flatten();
    let profile = ProviderProfile {
        name: names.find_map(|name| PersonName::cleaned(&name)),
        image: user.avatar_url.and_then(|url| ImageUrl::parse(&url).ok()),
    };
    Ok((profile, claimed))
}

/// Returns the URL of a path below a base URL.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let base = base.path().trim_end_matches('/');
    url.set_path(&format!("{base}/{path}"));
    url
}

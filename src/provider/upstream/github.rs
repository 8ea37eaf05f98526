//! GitHub: OAuth, and a REST API that says who it is.

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

/// What logs and errors call the two answers of the API.
const USER: &str = "answer to GET /user";
const EMAILS: &str = "answer to GET /user/emails";

/// One of what `GET /user/emails` says.
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
    /// The addresses of a list; an entry that is not understood is left out.
    fn read_all(answer: &[u8]) -> Result<Vec<Self>, ForeignDocumentError> {
        let all: Vec<Value> =
            serde_json::from_slice(answer).map_err(|_| ForeignDocumentError::Syntax(EMAILS))?;
        let entries = all
            .into_iter()
            .filter_map(|entry| ForeignDocument::of_value(EMAILS, entry));
        let addresses = entries.filter_map(|mut entry| {
            Some(Self {
                email: entry.optional("email", text)?,
                is_primary: entry.optional("primary", boolean).unwrap_or_default(),
                is_verified: entry.optional("verified", boolean).unwrap_or_default(),
            })
        });
        Ok(addresses.collect())
    }
}

pub(super) fn endpoints(web: &Url) -> Endpoints {
    Endpoints {
        authorization: below(web, "login/oauth/authorize"),
        token: below(web, "login/oauth/access_token"),
        credentials_in_body: true,
    }
}

/// Who it is, by whom the access token is for.
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
        said: ProviderClaims::GitHub { user, access_token },
    })
}

/// The person's primary address, if it is verified: the profile's own may be anybody's.
pub(super) async fn fetch_profile(
    provider: &Upstream,
    user: GitHubUser,
    access_token: &str,
) -> Result<(ProviderProfile, Option<ClaimedEmail>), Error> {
    let Protocol::GitHub { api, .. } = &provider.dialect else {
        return Ok((ProviderProfile::default(), None));
    };
    let mut emails = below(api, "user/emails");
    // As many as fit on a page: the primary one may be the last.
    emails.set_query(Some("per_page=100"));
    let addresses = match provider.get(&emails, access_token).await {
        Ok(answer) => GitHubEmail::read_all(&answer).map_err(ProviderFault::from)?,
        // So it is to whoever was not granted the scope: then the person is asked.
        Err(ProviderFault::Status(404)) => Vec::new(),
        Err(trouble) => return Err(trouble.into()),
    };
    let primary = addresses.into_iter().find(|address| address.is_primary);
    let claimed = primary.and_then(|address| {
        Some(ClaimedEmail {
            email: EmailAddress::parse(&address.email).ok()?,
            is_proven: provider.settings.trusts_addresses && address.is_verified,
        })
    });
    let mut names = [user.name, user.login].into_iter().flatten();
    let profile = ProviderProfile {
        name: names.find_map(|name| PersonName::cleaned(&name)),
        image: user.avatar_url.and_then(|url| ImageUrl::parse(&url).ok()),
    };
    Ok((profile, claimed))
}

/// A path below a base URL.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let base = base.path().trim_end_matches('/');
    url.set_path(&format!("{base}/{path}"));
    url
}

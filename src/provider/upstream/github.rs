//! GitHub: OAuth, and a REST API that says who it is.

use serde::Deserialize;
use url::Url;

use super::{
    Dialect, Error, Trouble, Upstream,
    exchange::{Endpoints, ProviderTokens},
    person::{Claimed, Profile, Proven, Said},
};
use crate::{
    identity::{AccountKind, EmailAddress, External, ImageUrl, PersonName},
    json,
};

/// What `GET /user` says. The number is never given to another; the login may be.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    id: u64,
    login: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    avatar_url: Option<String>,
}

/// One of what `GET /user/emails` says.
#[derive(Debug, Deserialize)]
struct Address {
    email: String,
    primary: bool,
    verified: bool,
}

pub(super) fn endpoints(web: &Url) -> Endpoints {
    Endpoints {
        authorization: below(web, "login/oauth/authorize"),
        token: below(web, "login/oauth/access_token"),
        credentials_in_body: true,
    }
}

/// Who it is, by whom the access token is for.
pub(super) async fn prove(
    provider: &Upstream,
    api: &Url,
    issued: ProviderTokens,
) -> Result<Proven, Error> {
    let access_token = issued.access_token;
    let answer = provider.get(&below(api, "user"), &access_token).await?;
    let user: User = json::object(&answer).map_err(|_| Trouble::Answer)?;
    Ok(Proven {
        account: External {
            kind: AccountKind::Oauth,
            provider: provider.settings.stored_as().unwrap_or_default().to_owned(),
            provider_account_id: user.id.to_string(),
        },
        auth_time: None,
        said: Said::GitHub { user, access_token },
    })
}

/// The person's primary address, if it is verified: the profile's own may be anybody's.
pub(super) async fn describe(
    provider: &Upstream,
    user: User,
    access_token: &str,
) -> Result<(Profile, Option<Claimed>), Error> {
    let Dialect::GitHub { api, .. } = &provider.dialect else {
        return Ok((Profile::default(), None));
    };
    let mut emails = below(api, "user/emails");
    // As many as fit on a page: the primary one may be the last.
    emails.set_query(Some("per_page=100"));
    let addresses: Vec<Address> = match provider.get(&emails, access_token).await {
        Ok(answer) => serde_json::from_slice(&answer).map_err(|_| Trouble::Answer)?,
        // So it is to whoever was not granted the scope: then the person is asked.
        Err(Trouble::Status(404)) => Vec::new(),
        Err(trouble) => return Err(trouble.into()),
    };
    let primary = addresses.into_iter().find(|address| address.primary);
    let claimed = primary.and_then(|address| {
        Some(Claimed {
            email: EmailAddress::parse(&address.email).ok()?,
            is_proven: provider.settings.trusts_addresses && address.verified,
        })
    });
    let mut names = [user.name, Some(user.login)].into_iter().flatten();
    let profile = Profile {
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

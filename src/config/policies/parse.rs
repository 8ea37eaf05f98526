//! The values of a policy that depend on the issuer and the clients.

use super::login_return_uri;
use crate::{
    client::{Client, Clients, GrantType, Origin, Scope},
    config::{
        Issuer,
        reader::{SettingReader, each_entry},
    },
};

/// The maximum number of origins of a policy.
const MAX_ORIGINS: usize = 64;

/// Returns the names if each is the `client_id` of a client.
pub(super) fn known_clients(words: Vec<String>, clients: &Clients) -> Result<Vec<String>, String> {
    match words.iter().find(|id| clients.get(id).is_none()) {
        Some(unknown) => Err(format!(
            "{unknown:?} is not the client_id of a client in [[clients]]"
        )),
        None => Ok(words),
    }
}

/// Checks that users can log in with cookies, at the authorization endpoint.
pub(super) fn check_cookie_client(
    reader: &mut SettingReader,
    policy: &str,
    issuer: &Issuer,
    clients: &Clients,
) {
    let problem = match clients.with_cookies() {
        None => {
            "needs a client with transport = \"cookie\", or clients = […] with clients that use bearer tokens"
        }
        Some(client) if !client.may_use(GrantType::AuthorizationCode) => {
            "needs the grant authorization_code of the client with cookies: users log in by it"
        }
        Some(_) if login_return_uri(issuer).is_none() => {
            "needs an issuer that is https, or http on 127.0.0.1, [::1] or localhost"
        }
        Some(_) => return,
    };
    reader.fault(policy, "", problem.to_owned());
}

/// Parses scopes. One client of the policy must have all of them.
pub(super) fn scopes(
    words: &[String],
    listed: &[String],
    clients: &Clients,
) -> Result<Scope, String> {
    let scopes = Scope::parse(&words.join(" ")).map_err(|invalid| invalid.to_string())?;
    let is_of_policy = |client: &&Client| listed.is_empty() || listed.contains(&client.client_id);
    let mut of_policy = clients.iter().filter(is_of_policy);
    if scopes.is_empty() || of_policy.any(|client| scopes.is_within(&client.scopes)) {
        Ok(scopes)
    } else {
        Err("are scopes that no client of the policy has: add them to clients.scopes".to_owned())
    }
}

/// Parses origins. They must be of hosts that receive the cookies.
pub(super) fn origins(words: &[String], issuer: &Issuer) -> Result<Vec<Origin>, String> {
    if words.len() > MAX_ORIGINS {
        return Err(format!("must have at most {MAX_ORIGINS} entries"));
    }
    each_entry(words, |word| {
        let origin = Origin::parse(word).map_err(|invalid| invalid.to_string())?;
        if issuer.shares_cookies_with(&origin) {
            Ok(origin)
        } else {
            Err(
                "gets no cookies: it must have the scheme of the issuer, and its host or one within cookies.domain"
                    .to_owned(),
            )
        }
    })
}

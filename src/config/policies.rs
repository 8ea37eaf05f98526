//! `[policies.NAME]`: the rules by which a proxy admits requests to other applications (forward-auth).

mod headers;
mod return_url;

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;

pub(super) use self::return_url::login_return_uri;
pub use self::{
    headers::IdentityHeaders,
    return_url::{InvalidReturnUrl, LOGIN_RETURN},
};
use super::{
    Issuer, RolesConfig, one_of,
    reader::{SettingReader, each_entry},
};
use crate::client::{Acr, Client, Clients, GrantType, Origin, Scope, TokenTransport};

/// The longest name of a policy, in characters.
const LONGEST_NAME: usize = 64;

/// The most origins of a policy.
const MOST_ORIGINS: usize = 64;

/// The response to a navigation of a browser that is not logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnRefused {
    /// 401 with the login page in `Location`.
    Unauthorized,
    /// 303 to the login page.
    Redirect,
}

impl OnRefused {
    const ALL: &[Self] = &[Self::Unauthorized, Self::Redirect];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "401",
            Self::Redirect => "redirect",
        }
    }
}

/// The response to a CORS preflight, which browsers send without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preflight {
    /// It is admitted without a user, so that the application answers it.
    Admit,
    /// It needs a session as every other request does, so no browser can send it.
    Refuse,
}

impl Preflight {
    const ALL: &[Self] = &[Self::Admit, Self::Refuse];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Refuse => "refuse",
        }
    }
}

/// A policy: who is admitted, and what the application learns about the user.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The name in the path `/forward-auth/{policy}`.
    pub name: String,
    /// The roles of which the user has one. Empty: every role.
    pub roles: Vec<String>,
    /// The groups of which the user is in one. Empty: every group.
    pub groups: Vec<String>,
    /// The scopes that the access token has.
    pub scopes: Scope,
    /// The clients whose tokens are accepted. Empty: every public client.
    pub clients: Vec<String>,
    /// The maximum age of the login.
    pub max_age: Option<TimeDelta>,
    /// The least strength of the login.
    pub acr: Option<Acr>,
    /// The origins to which users return after a login.
    pub origins: Vec<Origin>,
    /// The response to a navigation of a browser that is not logged in.
    pub on_refused: OnRefused,
    /// The response to a CORS preflight.
    pub preflight: Preflight,
    /// The names of the headers with the identity of the user.
    pub headers: IdentityHeaders,
    /// Set if the policy admits the cookies of the client with cookie transport.
    pub has_cookies: bool,
}

impl Policy {
    /// Returns whether the policy accepts tokens of the client. A client with credentials has to be listed: its tokens
    /// are not meant for other applications.
    pub fn accepts(&self, client: &Client) -> bool {
        if self.clients.is_empty() {
            !client.authentication.is_confidential()
        } else {
            self.clients.contains(&client.client_id)
        }
    }
}

/// All policies by name. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Policies(Arc<BTreeMap<String, Policy>>);

impl Policies {
    /// Returns the policy with this name.
    pub fn get(&self, name: &str) -> Option<&Policy> {
        self.0.get(name)
    }

    /// Returns whether a login has to lead back to a protected application.
    pub fn have_cookies(&self) -> bool {
        self.0.values().any(|policy| policy.has_cookies)
    }

    pub(super) fn read(
        reader: &mut SettingReader,
        issuer: &Issuer,
        roles: &RolesConfig,
        clients: &Clients,
    ) -> Self {
        let mut policies = BTreeMap::new();
        for name in reader.names_in("policies") {
            if !is_name(&name) {
                let problem = format!(
                    "must be a name of 1 to {LONGEST_NAME} characters of a-z, A-Z, 0-9, - and _"
                );
                reader.fault(&format!("policies.{name}"), "", problem);
            }
            let policy = policy(reader, &name, issuer, roles, clients);
            policies.insert(name, policy);
        }
        Self(Arc::new(policies))
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_plain)
}

fn policy(
    reader: &mut SettingReader,
    policy: &str,
    issuer: &Issuer,
    roles: &RolesConfig,
    clients: &Clients,
) -> Policy {
    let name = |setting: &str| format!("policies.{policy}.{setting}");
    let listed = reader.words(&name("clients"), |words| known_clients(words, clients));
    let listed = listed.unwrap_or_default();
    let has_cookies = listed.is_empty()
        || listed
            .iter()
            .filter_map(|id| clients.get(id))
            .any(|client| client.transport == TokenTransport::Cookie);
    if has_cookies {
        check_cookie_client(reader, &format!("policies.{policy}"), issuer, clients);
    }
    let scopes = reader.words(&name("scopes"), |words| Scope::parse(&words.join(" ")));
    let groups = reader.words(&name("groups"), Ok::<_, String>);
    let origins = reader.words(&name("origins"), |words| {
        origins(&words, has_cookies.then_some(issuer))
    });
    let max_age = reader.duration_if_set(&name("max_age"));
    let on_refused = reader.choice(&name("on_refused"), OnRefused::ALL, OnRefused::as_str);
    let preflight = reader.choice(&name("preflight"), Preflight::ALL, Preflight::as_str);
    Policy {
        name: policy.to_owned(),
        roles: reader
            .words(&name("roles"), |words| roles.all_known(words))
            .unwrap_or_default(),
        groups: groups.unwrap_or_default(),
        scopes: scopes.unwrap_or_default(),
        clients: listed,
        max_age,
        acr: reader.optional(&name("acr"), |text| one_of(text, Acr::ALL, Acr::as_str)),
        origins: origins.unwrap_or_default(),
        on_refused: on_refused.unwrap_or(OnRefused::Unauthorized),
        preflight: preflight.unwrap_or(Preflight::Admit),
        headers: IdentityHeaders::read(reader, &name("headers")),
        has_cookies,
    }
}

fn known_clients(words: Vec<String>, clients: &Clients) -> Result<Vec<String>, String> {
    match words.iter().find(|id| clients.get(id).is_none()) {
        Some(unknown) => Err(format!(
            "{unknown:?} is not the client_id of a client in [[clients]]"
        )),
        None => Ok(words),
    }
}

/// Checks that users can log in with cookies, at the authorization endpoint.
fn check_cookie_client(
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

/// Parses origins. Those of a policy with cookies must be of hosts that receive the cookies.
fn origins(words: &[String], issuer: Option<&Issuer>) -> Result<Vec<Origin>, String> {
    if words.len() > MOST_ORIGINS {
        return Err(format!("must have at most {MOST_ORIGINS} entries"));
    }
    each_entry(words, |word| {
        let origin = Origin::parse(word).map_err(|invalid| invalid.to_string())?;
        match issuer {
            Some(issuer) if !issuer.shares_cookies_with(&origin) => Err(
                "gets no cookies: it must have the scheme of the issuer, and its host or one within cookies.domain"
                    .to_owned(),
            ),
            _ => Ok(origin),
        }
    })
}

//! `[policies.NAME]`: the rules by which a proxy admits requests to other applications (forward-auth).

mod headers;
mod parse;
mod return_url;

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;

pub(super) use self::return_url::login_return_uri;
pub use self::{
    headers::IdentityHeaders,
    return_url::{InvalidReturnUrl, LOGIN_RETURN},
};
use super::{Issuer, RolesConfig, one_of, reader::SettingReader};
use crate::client::{Acr, Client, Clients, Origin, Scope, TokenTransport};

/// The maximum length of the name of a policy, in characters.
const MAX_NAME_CHARS: usize = 64;

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

    /// Returns the names of all policies.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns whether users log in for a policy.
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
                    "must be a name of 1 to {MAX_NAME_CHARS} characters of a-z, A-Z, 0-9, - and _"
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
    (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(is_plain)
}

fn policy(
    reader: &mut SettingReader,
    policy: &str,
    issuer: &Issuer,
    roles: &RolesConfig,
    clients: &Clients,
) -> Policy {
    let name = |setting: &str| format!("policies.{policy}.{setting}");
    let listed = reader.words(&name("clients"), |words| {
        parse::known_clients(words, clients)
    });
    let listed = listed.unwrap_or_default();
    let has_cookies = listed.is_empty()
        || listed
            .iter()
            .filter_map(|id| clients.get(id))
            .any(|client| client.transport == TokenTransport::Cookie);
    if has_cookies {
        parse::check_cookie_client(reader, &format!("policies.{policy}"), issuer, clients);
    }
    let scopes = reader.words(&name("scopes"), |words| {
        parse::scopes(&words, &listed, clients)
    });
    let groups = reader.words(&name("groups"), |words| roles.all_given(words));
    let origins = reader.words(&name("origins"), |words| {
        if has_cookies {
            parse::origins(&words, issuer)
        } else {
            Err("has no effect, because no client in clients has transport = \"cookie\": users of bearer tokens do not \
                 log in here".to_owned())
        }
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

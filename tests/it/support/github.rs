//! Stub of GitHub by its documentation: the OAuth dialect and the REST API.
//!
//! Both are under one host, as on GitHub Enterprise Server: the API begins with `/api/v3`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use serde_json::{Value, json};

use super::{
    openid::encode,
    stub::{Server, pairs},
    test_service::TestClock,
    upstream::{Callback, StubProvider},
};

mod api;
mod oauth;

pub const CLIENT_ID: &str = "Iv1.0123456789abcdef";
pub const CLIENT_SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
const AUTHORIZE: &str = "/login/oauth/authorize";

/// A user of GitHub.
#[derive(Clone)]
pub struct Developer {
    /// A number, except in tests of malformed responses.
    pub id: Value,
    pub login: String,
    pub name: Option<String>,
    /// The public email, which proves nothing.
    pub public_email: Option<String>,
    /// Email, primary, verified.
    pub emails: Vec<(String, bool, bool)>,
}

impl Developer {
    /// A user with this verified primary email and two others.
    pub fn new(id: u64, login: &str, email: &str) -> Self {
        Self {
            id: json!(id),
            login: login.to_owned(),
            name: None,
            public_email: None,
            emails: vec![
                (format!("old-{email}"), false, true),
                (email.to_owned(), true, true),
                (
                    format!("{id}+{login}@users.noreply.github.com"),
                    false,
                    true,
                ),
            ],
        }
    }
}

/// A fault of GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitHubDefect {
    /// The user has not granted access to emails: 404, as for everybody.
    EmailsWithheld,
    /// The primary rate limit: 403 with the time of the reset.
    RateLimited,
    /// The secondary rate limit: 429.
    SecondaryLimit,
    /// An HTML error page with status 503.
    Unicorn,
    /// 200 and an empty list of emails.
    NoEmails,
    /// The access token has been revoked.
    BadCredentials,
    /// The code was used or has expired: 200 with an error.
    BadCode,
    /// The user has denied the authorization.
    Denied,
}

struct Grant {
    developer: Developer,
    scopes: Vec<String>,
    redirect_uri: String,
    code_challenge: Option<String>,
}

#[derive(Default)]
struct State {
    developer: Option<Developer>,
    defect: Option<GitHubDefect>,
    codes: BTreeMap<String, Grant>,
    granted: BTreeMap<String, Grant>,
    issued: Vec<String>,
    /// A replaced member of a response: of `/user`, of each entry of `/user/emails`, or of the
    /// token response.
    odd: Option<(&'static str, &'static str, Value)>,
}

impl State {
    /// Writes the replaced member into an object of the response.
    fn replace_member(&self, answer: &str, object: &mut Value) {
        if let Some((_, member, value)) = self.odd.as_ref().filter(|(it, ..)| *it == answer) {
            object[*member] = value.clone();
        }
    }

    fn draw(&mut self, prefix: &str) -> String {
        let mut bytes = [0; 27];
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        let drawn = format!("{prefix}{}", encode(bytes));
        self.issued.push(drawn.clone());
        drawn
    }
}

struct GitHub {
    url: String,
    state: Mutex<State>,
}

/// A stub of GitHub on its own port.
pub struct GitHubStub {
    server: Server<GitHub>,
}

impl GitHubStub {
    pub fn start() -> Self {
        let server = Server::start(|url| GitHub {
            url: url.to_owned(),
            state: Mutex::default(),
        });
        let ada = Developer::new(583_231, "ada", "ada@example.com");
        let stub = Self { server };
        stub.developer(ada);
        stub
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.server.who.state.lock().unwrap()
    }

    pub fn url(&self) -> &str {
        &self.server.who.url
    }

    /// Sets the user of the browser.
    pub fn developer(&self, developer: Developer) -> &Self {
        self.state().developer = Some(developer);
        self
    }

    pub fn with_defect(&self, defect: GitHubDefect) -> &Self {
        self.state().defect = Some(defect);
        self
    }

    /// Replaces a member of the response at this path.
    pub fn with_member(&self, answer: &'static str, member: &'static str, value: Value) -> &Self {
        self.state().odd = Some((answer, member, value));
        self
    }

    /// Every issued code and token, none of which the service may store.
    pub fn issued(&self) -> Vec<String> {
        self.state().issued.clone()
    }
}

impl StubProvider for GitHubStub {
    fn settings(&self, id: &str, more: &str) -> String {
        format!(
            "[[providers]]\nid = '{id}'\nkind = 'github'\nbase_url = '{}'\n\
             client_id = '{CLIENT_ID}'\nclient_secret = '{CLIENT_SECRET}'\n{more}\n",
            self.url()
        )
    }

    #[track_caller]
    fn authorize(&self, url: &str) -> Callback {
        let page = format!("{}{AUTHORIZE}?", self.url());
        let query = url.strip_prefix(&page).expect("a URL of GitHub's");
        self.server.who.authorize(&pairs(query.as_bytes()))
    }

    /// GitHub issues nothing that contains a time.
    fn use_clock(&self, _: &TestClock) {}
}

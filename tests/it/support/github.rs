//! A stand-in of GitHub, by its documentation: OAuth in its own words, and a REST API.
//!
//! All is under one host, as on an Enterprise server: the API begins with `/api/v3`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use serde_json::{Value, json};

use super::{
    house::TestClock,
    openid::encode,
    stub::{Server, pairs},
    upstream::{Callback, Upstream},
};

mod api;
mod oauth;

pub const CLIENT_ID: &str = "Iv1.0123456789abcdef";
pub const CLIENT_SECRET: &str = "0123456789abcdef0123456789abcdef01234567";
const AUTHORIZE: &str = "/login/oauth/authorize";

/// Somebody who has an account there.
#[derive(Clone)]
pub struct Developer {
    /// A number, unless GitHub has gone mad.
    pub id: Value,
    pub login: String,
    pub name: Option<String>,
    /// What everybody may see. Proves nothing.
    pub public_email: Option<String>,
    /// Address, primary, verified.
    pub emails: Vec<(String, bool, bool)>,
}

impl Developer {
    /// With that primary address, verified, and two others.
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

/// What GitHub can do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitHubDefect {
    /// The person has not agreed to show addresses: the answer is 404, as to everybody.
    EmailsWithheld,
    /// Too many requests in this hour: 403, and when it will be better.
    RateLimited,
    /// Too many at once: 429.
    SecondaryLimit,
    /// The unicorn page.
    Unicorn,
    /// 200, and no address at all.
    NoEmails,
    /// The access token has been revoked meanwhile.
    BadCredentials,
    /// The code was used or is too old: 200, and an error.
    BadCode,
    /// The person said no.
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
    /// A member that an answer has in another form: below `/user`, or of each of `/user/emails`, or
    /// of a token answer.
    odd: Option<(&'static str, &'static str, Value)>,
}

impl State {
    /// Writes the odd member into an object of that answer.
    fn distort(&self, answer: &str, object: &mut Value) {
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

/// GitHub on a port of its own.
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

    /// Who sits before the browser from now on.
    pub fn developer(&self, developer: Developer) -> &Self {
        self.state().developer = Some(developer);
        self
    }

    pub fn with(&self, defect: GitHubDefect) -> &Self {
        self.state().defect = Some(defect);
        self
    }

    /// Has that member of the answer at that path in that form from now on.
    pub fn saying(&self, answer: &'static str, member: &'static str, value: Value) -> &Self {
        self.state().odd = Some((answer, member, value));
        self
    }

    /// Everything that it handed out, which the service should forget.
    pub fn issued(&self) -> Vec<String> {
        self.state().issued.clone()
    }
}

impl Upstream for GitHubStub {
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

    /// Nothing that GitHub hands out tells the time.
    fn tell_time_by(&self, _: &TestClock) {}
}

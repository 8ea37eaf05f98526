//! Stub of an OpenID provider, correct unless a test sets a defect.
//!
//! A test sets the user ([`OpenIdStub::person`]), passes the authorization URL to
//! [`OpenIdStub::authorize`], and receives the callback. The service sends the other requests over
//! a real connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
};

use serde_json::Value;
use signet::clock::Clock;

use self::id_token::Keys;
pub use self::{
    defect::{Defect, HOSTILE, Verdict},
    dialect::Dialect,
    keys::{StubKey, encode, s256},
    person::Person,
};
use super::{
    stub::{Server, pairs},
    test_service::TestClock,
    upstream::{Callback, StubProvider},
};

mod authorize;
mod defect;
mod dialect;
mod documents;
mod endpoints;
mod id_token;
mod keys;
mod person;

pub const CLIENT_ID: &str = "signet.example";
/// Contains every character that must be encoded in a header (RFC 6749 §2.3.1).
pub const CLIENT_SECRET: &str = "upstream:secret+100%/=&";
/// The client id of the mobile app.
pub const NATIVE_CLIENT_ID: &str = "signet.example.ios";

/// The grant behind a code.
#[derive(Clone)]
struct Grant {
    person: Person,
    nonce: Option<String>,
    code_challenge: Option<String>,
    redirect_uri: String,
    scopes: Vec<String>,
}

/// The mutable state of the stub.
struct State {
    clock: Clock,
    person: Person,
    defect: Option<Defect>,
    keys: Keys,
    codes: BTreeMap<String, Grant>,
    /// Grants by access token.
    granted: BTreeMap<String, Grant>,
    /// Every issued secret.
    issued: Vec<String>,
    /// The credentials and verifiers that the service sent.
    presented: Vec<String>,
    /// The last authorization request.
    last_request: Vec<(String, String)>,
    /// The last token request.
    last_redeemed: Vec<(String, String)>,
    /// Returning users, for whom Apple sends no name.
    known: BTreeSet<String>,
    form_post: bool,
    only_in_userinfo: bool,
    auth_methods: Vec<&'static str>,
    /// A replaced member of a document.
    odd: Option<(Document, &'static str, Value)>,
}

/// A document of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Discovery,
    Key,
    TokenAnswer,
    IdToken,
    UserInfo,
}

impl State {
    /// Writes the replaced member into a document.
    fn replace_member(&self, document: Document, object: &mut Value) {
        if let Some((_, member, value)) = self.odd.as_ref().filter(|(it, ..)| *it == document) {
            object[*member] = value.clone();
        }
    }
}

/// The handler of the stub.
struct Provider {
    issuer: String,
    dialect: Dialect,
    state: Mutex<State>,
}

impl Provider {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// An OpenID provider on its own port.
pub struct OpenIdStub {
    server: Server<Provider>,
}

impl OpenIdStub {
    pub fn start() -> Self {
        Self::with_dialect(Dialect::OpenId)
    }

    pub fn with_dialect(dialect: Dialect) -> Self {
        let own = vec![dialect.key("1")];
        let state = State {
            clock: TestClock::starting().handle(),
            person: Person::new("ada-at-the-provider", "ada@example.com"),
            defect: None,
            keys: Keys {
                own,
                forged: StubKey::es256("forged"),
                rsa: StubKey::rs256("another"),
            },
            codes: BTreeMap::new(),
            granted: BTreeMap::new(),
            issued: Vec::new(),
            presented: Vec::new(),
            last_request: Vec::new(),
            last_redeemed: Vec::new(),
            known: BTreeSet::new(),
            form_post: false,
            only_in_userinfo: false,
            auth_methods: dialect.auth_methods(),
            odd: None,
        };
        let server = Server::start(|url| Provider {
            issuer: url.to_owned(),
            dialect,
            state: Mutex::new(state),
        });
        Self { server }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.server.who.state()
    }

    pub fn issuer(&self) -> &str {
        &self.server.who.issuer
    }

    /// Sets the user of the browser.
    pub fn person(&self, person: Person) -> &Self {
        self.state().person = person;
        self
    }

    /// Sets the defect.
    pub fn with_defect(&self, defect: Defect) -> &Self {
        let mut state = self.state();
        let in_userinfo = [
            Defect::UserinfoOfAnother,
            Defect::UserinfoOfNobody,
            Defect::UserinfoJwt,
            Defect::Userinfo500,
        ];
        state.only_in_userinfo |= in_userinfo.contains(&defect);
        state.defect = Some(defect);
        drop(state);
        self
    }

    /// Replaces a member of a document.
    pub fn with_member(&self, document: Document, member: &'static str, value: Value) -> &Self {
        self.state().odd = Some((document, member, value));
        self
    }

    /// Removes the defect.
    pub fn without_defects(&self) -> &Self {
        self.state().defect = None;
        self
    }

    /// Uses the system clock, as the program does.
    pub fn use_real_time(&self) {
        self.state().clock = Clock::system();
    }

    /// Uses `response_mode=form_post`.
    pub fn by_form_post(&self) -> &Self {
        self.state().form_post = true;
        self
    }

    /// Returns the profile claims at the userinfo endpoint only (§5.4).
    pub fn only_in_userinfo(&self) -> &Self {
        self.state().only_in_userinfo = true;
        self
    }

    /// Accepts this client authentication method only.
    pub fn authenticating_by(&self, method: &'static str) -> &Self {
        self.state().auth_methods = vec![method];
        self
    }

    /// Accepts either client authentication method.
    pub fn authenticating_by_any(&self) -> &Self {
        self.state().auth_methods = vec!["client_secret_basic", "client_secret_post"];
        self
    }

    /// Adds a key that signs. The old keys stay published.
    pub fn rotate(&self) {
        let mut state = self.state();
        let number = state.keys.own.len() + 1;
        let key = self.server.who.dialect.key(&number.to_string());
        state.keys.own.push(key);
    }

    pub fn stop(&self) {
        self.server.stop();
    }

    pub fn restart(&self) {
        self.server.restart();
    }

    /// The number of requests for the discovery document.
    pub fn discovery_requests(&self) -> usize {
        self.server.request_count(documents::DISCOVERY)
    }

    /// The number of requests for the key set.
    pub fn key_set_requests(&self) -> usize {
        self.server
            .request_count(self.server.who.dialect.paths().keys)
    }

    /// The number of requests for the keys that a malicious token links to.
    pub fn misdirected_requests(&self) -> usize {
        self.server.request_count(documents::OTHER_KEYS)
    }

    /// The number of token requests.
    pub fn token_requests(&self) -> usize {
        self.server
            .request_count(self.server.who.dialect.paths().token)
    }

    /// Every issued code and token, none of which the service may store.
    pub fn issued(&self) -> Vec<String> {
        self.state().issued.clone()
    }

    /// The credentials and verifiers that the service has sent.
    pub fn presented(&self) -> Vec<String> {
        self.state().presented.clone()
    }

    /// A parameter of the last authorization request.
    pub fn requested(&self, name: &str) -> Option<String> {
        super::stub::one(&self.state().last_request, name).map(str::to_owned)
    }

    /// A parameter of the last token request, which only the servers see.
    pub fn redeemed_with(&self, name: &str) -> Option<String> {
        super::stub::one(&self.state().last_redeemed, name).map(str::to_owned)
    }

    /// The ID token that a mobile SDK returns for this nonce.
    pub fn native_id_token(&self, nonce: &str) -> String {
        self.id_token_for(NATIVE_CLIENT_ID, nonce)
    }

    /// The same for another client.
    pub fn id_token_for(&self, client_id: &str, nonce: &str) -> String {
        self.server.who.id_token_for(client_id, nonce)
    }
}

impl StubProvider for OpenIdStub {
    fn settings(&self, id: &str, more: &str) -> String {
        self.server.who.dialect.settings(id, self.issuer(), more)
    }

    #[track_caller]
    fn authorize(&self, url: &str) -> Callback {
        let rest = url
            .strip_prefix(self.issuer())
            .expect("a URL of the provider");
        let (path, query) = rest.split_once('?').expect("a query");
        assert_eq!(path, self.server.who.dialect.paths().authorize);
        let callback = self.server.who.authorize(&pairs(query.as_bytes()));
        callback.unwrap_or_else(|fault| panic!("{fault}: {url}"))
    }

    fn use_clock(&self, clock: &TestClock) {
        self.state().clock = clock.handle();
    }
}

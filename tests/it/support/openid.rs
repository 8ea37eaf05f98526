//! A stand-in of an OpenID provider, which does what it should unless told otherwise.
//!
//! A test lets a person sit before it ([`OpenIdStub::person`]), takes the URL to which the service
//! sends a browser, and goes on to where the provider would send it back ([`OpenIdStub::authorize`]).
//! The rest the service asks for by itself, over a real connection.

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
    house::TestClock,
    stub::{Server, pairs},
    upstream::{Callback, Upstream},
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
/// With everything that has to be written otherwise in a header (RFC 6749 §2.3.1).
pub const CLIENT_SECRET: &str = "upstream:secret+100%/=&";
/// The app that gets its ID tokens from an SDK.
pub const NATIVE_CLIENT_ID: &str = "signet.example.ios";

/// What a code stands for.
#[derive(Clone)]
struct Grant {
    person: Person,
    nonce: Option<String>,
    code_challenge: Option<String>,
    redirect_uri: String,
    scopes: Vec<String>,
}

/// What changes in the course of a test.
struct State {
    clock: Clock,
    person: Person,
    defect: Option<Defect>,
    keys: Keys,
    codes: BTreeMap<String, Grant>,
    /// By access token.
    granted: BTreeMap<String, Grant>,
    /// Everything that should be found nowhere later.
    issued: Vec<String>,
    /// What the service showed it: credentials and verifiers.
    presented: Vec<String>,
    /// What the last browser came with.
    last_request: Vec<(String, String)>,
    /// With what the last code was to be redeemed.
    last_redeemed: Vec<(String, String)>,
    /// Who has been here before, to whom Apple gives no name.
    known: BTreeSet<String>,
    form_post: bool,
    only_in_userinfo: bool,
    auth_methods: Vec<&'static str>,
    /// A member that a document of the provider has in another form.
    odd: Option<(Document, &'static str, Value)>,
}

/// What the provider says in answer to a request of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    Discovery,
    Key,
    TokenAnswer,
    IdToken,
    UserInfo,
}

impl State {
    /// Writes the odd member into that document.
    fn distort(&self, document: Document, object: &mut Value) {
        if let Some((_, member, value)) = self.odd.as_ref().filter(|(it, ..)| *it == document) {
            object[*member] = value.clone();
        }
    }
}

/// The provider itself.
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

/// A provider on a port of its own.
pub struct OpenIdStub {
    server: Server<Provider>,
}

impl OpenIdStub {
    pub fn start() -> Self {
        Self::speaking(Dialect::OpenId)
    }

    pub fn speaking(dialect: Dialect) -> Self {
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

    /// Who sits before the browser from now on.
    pub fn person(&self, person: Person) -> &Self {
        self.state().person = person;
        self
    }

    /// Does that one thing wrong from now on.
    pub fn with(&self, defect: Defect) -> &Self {
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

    /// Has that member of one of its documents in that form from now on.
    pub fn saying(&self, document: Document, member: &'static str, value: Value) -> &Self {
        self.state().odd = Some((document, member, value));
        self
    }

    /// Does everything right again.
    pub fn repaired(&self) -> &Self {
        self.state().defect = None;
        self
    }

    /// Tells the time by the machine's clock, as the real program does.
    pub fn tells_the_real_time(&self) {
        self.state().clock = Clock::system();
    }

    /// Answers by a form that the browser posts.
    pub fn by_form_post(&self) -> &Self {
        self.state().form_post = true;
        self
    }

    /// Tells of the person at the userinfo endpoint alone, as §5.4 has it.
    pub fn only_in_userinfo(&self) -> &Self {
        self.state().only_in_userinfo = true;
        self
    }

    /// Knows its clients by that method alone.
    pub fn authenticating_by(&self, method: &'static str) -> &Self {
        self.state().auth_methods = vec![method];
        self
    }

    /// Knows its clients by either method.
    pub fn authenticating_by_any(&self) -> &Self {
        self.state().auth_methods = vec!["client_secret_basic", "client_secret_post"];
        self
    }

    /// Signs with a new key, and publishes the old ones as well.
    pub fn rotate(&self) {
        let mut state = self.state();
        let number = state.keys.own.len() + 1;
        let key = self.server.who.dialect.key(&number.to_string());
        state.keys.own.push(key);
    }

    pub fn goes_down(&self) {
        self.server.goes_down();
    }

    pub fn comes_back(&self) {
        self.server.comes_back();
    }

    /// How often the discovery document was asked for.
    pub fn times_discovered(&self) -> usize {
        self.server.times_asked(documents::DISCOVERY)
    }

    /// How often the keys were asked for.
    pub fn times_asked_for_keys(&self) -> usize {
        self.server
            .times_asked(self.server.who.dialect.paths().keys)
    }

    /// How often the keys were asked for to which a bad token leads.
    pub fn times_misled(&self) -> usize {
        self.server.times_asked(documents::OTHER_KEYS)
    }

    /// How often codes were redeemed, or were to be.
    pub fn times_asked_for_tokens(&self) -> usize {
        self.server
            .times_asked(self.server.who.dialect.paths().token)
    }

    /// Everything that it handed out, which the service should forget.
    pub fn issued(&self) -> Vec<String> {
        self.state().issued.clone()
    }

    /// Everything that the service showed it to be who it is, and to have begun the login.
    pub fn presented(&self) -> Vec<String> {
        self.state().presented.clone()
    }

    /// A parameter of the last authorization request.
    pub fn requested(&self, name: &str) -> Option<String> {
        super::stub::one(&self.state().last_request, name).map(str::to_owned)
    }

    /// A parameter of the last request for tokens, which travels from server to server alone.
    pub fn redeemed_with(&self, name: &str) -> Option<String> {
        super::stub::one(&self.state().last_redeemed, name).map(str::to_owned)
    }

    /// What an SDK on a phone gives its app for that nonce, about the person.
    pub fn native_id_token(&self, nonce: &str) -> String {
        self.id_token_for(NATIVE_CLIENT_ID, nonce)
    }

    /// The same for that client.
    pub fn id_token_for(&self, client_id: &str, nonce: &str) -> String {
        self.server.who.id_token_for(client_id, nonce)
    }
}

impl Upstream for OpenIdStub {
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

    fn tell_time_by(&self, clock: &TestClock) {
        self.state().clock = clock.handle();
    }
}

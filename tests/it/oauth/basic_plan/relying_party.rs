//! A relying party that checks responses as the conformance suite does (OpenID Connect Core §3.1).

use std::cell::Cell;

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;
use signet::{client::Algorithm as KeyAlgorithm, token::at_hash};

use crate::support::{Browser, PASSWORD, TestService, answer::Answer, stub::pairs, token};

/// The redirect URI of both clients.
pub const REDIRECT_URI: &str = "https://app.example.com/back";

/// The user who logs in.
pub const EMAIL: &str = "ada@example.com";

/// The secret of both clients. A colon and a space need the form encoding of RFC 6749 §2.3.1.
pub const SECRET: &str = "a secret: of 100%";

/// A method of client authentication at the token endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    Basic,
    Post,
}

/// An authentication request. A new one has `response_type=code`, the scope `openid`, a state and a nonce.
#[derive(Clone)]
pub struct Request(Vec<(String, String)>);

impl Request {
    /// The same request with this parameter in place of an earlier one of that name.
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut request = self.without(name);
        request.0.push((name.to_owned(), value.to_owned()));
        request
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(it, _)| it != name);
        self
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A session as the relying party received it.
pub struct Session {
    pub access_token: String,
    pub refresh_token: String,
    pub id_token: String,
    /// The verified claims of the ID token.
    pub claims: Value,
}

impl Session {
    pub fn auth_time(&self) -> i64 {
        self.claims["auth_time"].as_i64().unwrap()
    }

    /// Checks a userinfo response (§5.3.2): its `sub` is that of the ID token.
    #[track_caller]
    pub fn userinfo(&self, answer: &Answer) -> Value {
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "application/json");
        let claims = answer.json();
        assert_eq!(claims["sub"], self.claims["sub"]);
        claims
    }
}

pub struct RelyingParty<'a> {
    pub service: &'a TestService,
    pub browser: Browser<'a>,
    client_id: &'static str,
    method: AuthMethod,
    requests: Cell<u32>,
}

impl<'a> RelyingParty<'a> {
    /// The first client, with an empty browser.
    pub fn new(service: &'a TestService) -> Self {
        Self::of("app", AuthMethod::Basic, service)
    }

    pub fn of(client_id: &'static str, method: AuthMethod, service: &'a TestService) -> Self {
        Self {
            service,
            browser: Browser::new(service),
            client_id,
            method,
            requests: Cell::default(),
        }
    }

    pub fn request(&self) -> Request {
        let number = self.requests.get();
        self.requests.set(number + 1);
        let [state, nonce] = ["state", "nonce"].map(|name| format!("{name}-{number}"));
        Request(vec![])
            .with("response_type", "code")
            .with("client_id", self.client_id)
            .with("redirect_uri", REDIRECT_URI)
            .with("scope", "openid")
            .with("state", &state)
            .with("nonce", &nonce)
    }

    fn issuer(&self) -> &str {
        self.service.app.config.issuer.as_str()
    }

    /// Sends the browser to the authorization endpoint.
    pub async fn authorize(&self, request: &Request) -> Answer {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.0)
            .finish();
        self.browser.visit(&format!("/authorize?{query}")).await
    }

    /// Submits the login form.
    pub async fn submit_password(&self, page: &Answer) -> Answer {
        page.assert_status(200);
        let (action, _) = page.form();
        let fields = [("email", EMAIL), ("password", PASSWORD), ("by", "password")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.browser.post_form(&action, &fields).await
    }

    /// The parameters of the redirect to the client, whose `state` and `iss` are checked (RFC 9207 §2.4).
    #[track_caller]
    pub fn callback(&self, request: &Request, answer: &Answer) -> Vec<(String, String)> {
        answer.assert_status(303);
        let location = answer.header("location");
        let (uri, query) = location.split_once('?').unwrap();
        assert_eq!(uri, REDIRECT_URI);
        assert!(!query.contains('#'), "{location}");
        let mut parameters = pairs(query.as_bytes());
        for (name, expected) in [
            ("state", request.get("state")),
            ("iss", Some(self.issuer())),
        ] {
            let found: Vec<_> = parameters.iter().filter(|(it, _)| it == name).collect();
            assert_eq!(found.len(), usize::from(expected.is_some()), "{location}");
            assert_eq!(found.first().map(|(_, value)| value.as_str()), expected);
            parameters.retain(|(it, _)| it != name);
        }
        parameters
    }

    /// The code of a successful authentication response, which has no other parameters.
    #[track_caller]
    pub fn code(&self, request: &Request, answer: &Answer) -> String {
        let parameters = self.callback(request, answer);
        let [(name, code)] = parameters.as_slice() else {
            panic!("{parameters:?}");
        };
        assert_eq!(name, "code");
        code.clone()
    }

    /// The error of an error response (§3.1.2.6).
    #[track_caller]
    pub fn error(&self, request: &Request, answer: &Answer) -> String {
        let parameters = self.callback(request, answer);
        let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["error", "error_description"]);
        parameters.into_iter().next().unwrap().1
    }

    /// Sends a request to the token endpoint, with the credentials of the client.
    pub async fn token_request(&self, parameters: &[(&str, &str)]) -> Answer {
        let encoded = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        let credentials = [self.client_id, SECRET].map(encoded).join(":");
        let basic = format!("Basic {}", STANDARD.encode(credentials));
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(parameters);
        match self.method {
            AuthMethod::Basic => headers.push(("authorization", &basic)),
            AuthMethod::Post => {
                form.extend_pairs([("client_id", self.client_id), ("client_secret", SECRET)]);
            }
        }
        let client = self.service.anon();
        client.send("POST", "/token", &headers, form.finish()).await
    }

    pub async fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
        ];
        self.token_request(&[&grant, more].concat()).await
    }

    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token_request(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])
        .await
    }

    /// Checks a successful token response (§3.1.3.3), and its ID token.
    pub async fn session(&self, answer: &Answer, nonce: Option<&str>) -> Session {
        answer.assert_status(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert!(body["expires_in"].as_i64().unwrap() > 0);
        let text = |name: &str| body[name].as_str().expect(name).to_owned();
        let (access_token, id_token) = (text("access_token"), text("id_token"));
        let claims = self.verify(&id_token, &access_token, nonce).await;
        Session {
            access_token,
            refresh_token: text("refresh_token"),
            id_token,
            claims,
        }
    }

    /// Completes a request whose response has the code.
    pub async fn complete(&self, request: &Request, answer: &Answer) -> Session {
        let code = self.code(request, answer);
        let answer = self.redeem(&code, &[]).await;
        self.session(&answer, request.get("nonce")).await
    }

    /// Sends a request that has to lead to the login page, and logs in there.
    pub async fn log_in_by(&self, request: &Request) -> Session {
        let page = self.authorize(request).await;
        let answer = self.submit_password(&page).await;
        self.complete(request, &answer).await
    }

    pub async fn log_in(&self) -> Session {
        self.log_in_by(&self.request()).await
    }

    /// Logs in with further parameters, and reads the userinfo endpoint.
    pub async fn log_in_with(&self, parameters: &[(&str, &str)]) -> (Session, Value) {
        let request = self.request();
        let request = parameters
            .iter()
            .fold(request, |request, (name, value)| request.with(name, value));
        let session = self.log_in_by(&request).await;
        let userinfo = self.userinfo(&session).await;
        (session, userinfo)
    }

    pub async fn jwks(&self) -> JwkSet {
        let answer = self.service.anon().get("/.well-known/jwks.json").await;
        serde_json::from_slice(&answer.assert_status(200).body).unwrap()
    }

    /// Verifies an ID token (§3.1.3.7): RS256 is the algorithm of a client that names none.
    async fn verify(&self, id_token: &str, access_token: &str, nonce: Option<&str>) -> Value {
        let header = decode_header(id_token).unwrap();
        assert_eq!(header.alg, Algorithm::RS256);
        let jwks = self.jwks().await;
        let key = jwks.find(&header.kid.unwrap()).expect("a published key");
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[self.issuer()]);
        validation.set_audience(&[self.client_id]);
        validation.set_required_spec_claims(&["iss", "sub", "aud", "exp", "iat"]);
        // The service has its own clock.
        validation.validate_exp = false;
        let key = DecodingKey::from_jwk(key).unwrap();
        let claims = decode::<Value>(id_token, &key, &validation).unwrap().claims;
        let now = self.service.clock.now().timestamp();
        let time = |name: &str| claims[name].as_i64().expect(name);
        assert!(time("exp") > now && time("iat") == now, "{claims:#}");
        assert!(time("auth_time") <= now, "{claims:#}");
        let sub = claims["sub"].as_str().unwrap();
        assert!(!sub.is_empty() && sub.len() <= 255 && sub.is_ascii());
        assert_eq!(claims["nonce"].as_str(), nonce, "{claims:#}");
        assert!(claims["acr"].is_string() && claims["amr"].is_array());
        let at_hash = at_hash(KeyAlgorithm::Rs256, access_token);
        assert_eq!(claims["at_hash"], at_hash);
        assert_eq!(claims, token::claims(id_token));
        claims
    }

    /// Sends an access token to the userinfo endpoint by one of the methods of RFC 6750 §2.
    pub async fn userinfo_request(
        &self,
        method: &str,
        access_token: &str,
        by_form: bool,
    ) -> Answer {
        let bearer = format!("Bearer {access_token}");
        let (header, body) = if by_form {
            let form = format!("access_token={access_token}");
            let content = ("content-type", "application/x-www-form-urlencoded");
            (content, Body::from(form))
        } else {
            (("authorization", bearer.as_str()), Body::empty())
        };
        let client = self.service.anon();
        client.send(method, "/userinfo", &[header], body).await
    }

    pub async fn userinfo(&self, session: &Session) -> Value {
        let token = &session.access_token;
        let answer = self.userinfo_request("GET", token, false).await;
        session.userinfo(&answer)
    }
}

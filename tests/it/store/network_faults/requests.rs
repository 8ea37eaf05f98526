//! A request for each route of the table that gets as far as the database.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use signet::identity::UserId;

use crate::support::{
    ApiClient, Browser, PASSWORD, TestService,
    answer::Answer,
    authenticator::Authenticator,
    oauth_client::{CHALLENGE, REDIRECT_URI, VERIFIER},
    routes::{Needs, Route, Takes},
    test_service::ISSUER,
    totp::{AuthenticatorApp, continuation},
};

/// The routes of the table that send nothing to the database for these requests. No provider is configured.
pub const WITHOUT_DATABASE: &[&str] = &[
    "GET /.well-known/change-password",
    "GET /.well-known/jwks.json",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/webauthn",
    "GET /callback/{provider}",
    "GET /client.d.ts",
    "GET /client.js",
    "GET /client/{file}",
    "GET /email/confirm",
    "GET /end-session",
    "GET /favicon.ico",
    "GET /forward-auth/{policy}",
    "GET /livez",
    "GET /login/link/confirm",
    "GET /login/return",
    "GET /login/{provider}",
    "GET /login/{provider}/confirm",
    "GET /logo",
    "GET /logo/{client_id}",
    "GET /openapi.json",
    "GET /password/forgot",
    "GET /password/reset",
    "GET /providers",
    "GET /session",
    "GET /signup",
    "GET /signup/confirm",
    "POST /callback/{provider}",
    "POST /end-session",
    "POST /login/new-passkey",
    "POST /login/{provider}/address",
    "POST /login/{provider}/challenge",
    "POST /login/{provider}/confirm",
    "POST /login/{provider}/id-token",
    "POST /logout",
    "POST /me/accounts",
    "POST /passkeys/challenge",
];

const ADA: &str = "ada@example.com";
const ROOT: &str = "root@example.com";
const SECOND: &str = "second@example.com";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A request that can be sent again.
pub struct Prepared {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// The statuses of a repetition after the first request was carried out. Empty if it can be repeated.
    pub done: &'static [u16],
}

impl Prepared {
    pub async fn send(&self, service: &TestService) -> Answer {
        let headers = self.headers.iter();
        let headers: Vec<_> = headers.map(|(name, it)| (*name, it.as_str())).collect();
        let anon = service.anon();
        anon.send(self.method, &self.path, &headers, self.body.clone())
            .await
    }

    /// Returns whether a repetition ended as it should. `may_be_done` tells whether the first request may have been
    /// carried out.
    pub fn ends_well(&self, again: &Answer, right: u16, may_be_done: bool) -> bool {
        again.status == right || (may_be_done && self.done.contains(&again.status))
    }

    pub fn new(route: &Route) -> Self {
        let (media_type, body) = match &route.takes {
            Takes::Nothing => (JSON, String::new()),
            Takes::Json(value) => (JSON, value.to_string()),
            Takes::Form(fields) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                (FORM, form.extend_pairs(*fields).finish())
            }
        };
        Self {
            method: route.method,
            path: route.url(),
            headers: vec![("content-type", media_type.to_owned())],
            body,
            done: &[],
        }
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string();
        self
    }

    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        self.body = form.extend_pairs(fields).finish();
        self
    }

    /// A request that ends its own session, or that can be carried out once only.
    pub fn once(mut self, done: &'static [u16]) -> Self {
        self.done = done;
        self
    }

    fn bearer(mut self, client: &ApiClient<'_>) -> Self {
        let token = client.access.as_deref().expect("an access token");
        self.headers
            .push(("authorization", format!("Bearer {token}")));
        self
    }

    /// The request of a page of the service in that browser.
    pub fn of_page(mut self, browser: &Browser<'_>) -> Self {
        self.headers.extend([
            ("origin", ISSUER.to_owned()),
            ("sec-fetch-site", "same-origin".to_owned()),
            ("sec-fetch-mode", "navigate".to_owned()),
            ("sec-fetch-dest", "document".to_owned()),
            ("accept", "text/html".to_owned()),
        ]);
        let cookies = browser.cookies();
        self.headers
            .extend((!cookies.is_empty()).then_some(("cookie", cookies)));
        self
    }
}

/// The users of a service, and their sessions.
pub struct People<'a> {
    pub service: &'a TestService,
    admin: ApiClient<'a>,
    /// A user with an authenticator app.
    second: ApiClient<'a>,
    /// A user with a passkey.
    phone: (Authenticator, UserId),
    /// A session with the scope `openid`.
    openid: ApiClient<'a>,
    count: AtomicUsize,
}

impl<'a> People<'a> {
    pub async fn of(service: &'a TestService) -> Self {
        let root = service.signed_up(ROOT).await;
        root.set_role("admin").await;
        let mut second = service.signed_up(SECOND).await;
        AuthenticatorApp::enrolled(service, &mut second).await;
        let mut owner = service.signed_up("phone@example.com").await;
        let phone = Authenticator::ed25519();
        phone.add_to(&mut owner).await.assert_status(201);
        service.signed_up(ADA).await;
        let mut people = Self {
            service,
            admin: service.anon().logged_in(ROOT).await,
            second,
            phone: (phone, owner.id()),
            openid: service.anon(),
            count: AtomicUsize::new(0),
        };
        let code = people.code().await;
        let redeemed = service.anon().post_form("/token", &redemption(&code)).await;
        people.openid.keep(redeemed.assert_status(200));
        people
    }

    /// An email that nobody has.
    pub fn new_email(&self) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        format!("user{number}@example.com")
    }

    async fn member(&self) -> ApiClient<'a> {
        self.service.signed_up(&self.new_email()).await
    }

    /// The email of a new user.
    async fn members_email(&self) -> String {
        let email = self.new_email();
        self.service.signed_up(&email).await;
        email
    }

    fn token(&self, email: &str) -> String {
        self.service
            .mailed_token(email)
            .expect("a link in the mail")
    }

    /// A code of the authorization endpoint for Ada.
    async fn code(&self) -> String {
        let browser = Browser::new(self.service);
        let form = [("email", ADA), ("password", PASSWORD), ("by", "password")];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = browser.post_form(&authorization("openid"), &form).await;
        let location = answer.assert_status(303).header("location");
        let (_, code) = location.split_once("code=").expect("a code");
        code.split('&').next().unwrap().to_owned()
    }

    /// A valid request of the route, where possible by a user of its own.
    pub async fn prepare(&self, route: &Route) -> Prepared {
        if super::pages::has_session(route) {
            return super::pages::prepare(self, route).await;
        }
        let prepared = Prepared::new(route);
        match (route.method, route.path) {
            (_, "/userinfo") => prepared.bearer(&self.openid),
            (_, "/session") => prepared.bearer(&self.admin),
            ("POST", "/login/second-factor") => self.second_step(prepared).await,
            ("POST", "/login/passkey") => {
                let (phone, user) = &self.phone;
                let body = phone.login_body(self.service, *user).await;
                prepared.json(&body).once(&[401])
            }
            ("POST", "/authorize") => Prepared {
                path: authorization("openid"),
                ..prepared
            }
            .of_page(&Browser::new(self.service)),
            _ => match route.needs() {
                Needs::Nobody => self.anonymous(route, prepared).await,
                Needs::Session => self.of_member(route, prepared).await,
                Needs::Admin => self.of_admin(route, prepared).await,
            },
        }
    }

    async fn anonymous(&self, route: &Route, prepared: Prepared) -> Prepared {
        let anon = self.service.anon();
        let email = self.new_email();
        match (route.method, route.path) {
            ("POST", "/signup") => prepared.json(&json!({"email": email})),
            ("POST", "/signup/confirm") => {
                anon.post("/signup", json!({"email": email})).await;
                let token = self.token(&email);
                prepared.json(&json!({"token": token, "password": PASSWORD}))
            }
            ("POST", "/login/link/confirm") => {
                let email = self.members_email().await;
                let asked = json!({"email": email, "code_challenge": CHALLENGE});
                anon.post("/login/link", asked).await.assert_status(202);
                let token = self.token(&email);
                let body = json!({"token": token, "code_verifier": VERIFIER});
                prepared.json(&body).once(&[400])
            }
            ("POST", "/password/reset") => {
                let email = self.members_email().await;
                let asked = json!({"email": email});
                anon.post("/password/forgot", asked)
                    .await
                    .assert_status(202);
                let body = json!({"token": self.token(&email), "password": PASSWORD});
                prepared.json(&body).once(&[400])
            }
            ("POST", "/email/confirm") => {
                let member = self.member().await;
                let asked = json!({"email": email, "password": PASSWORD});
                member.post("/email", asked).await.assert_status(202);
                let body = json!({"token": self.token(&email)});
                prepared.json(&body).once(&[400])
            }
            ("POST", "/refresh") => {
                let token = self.second.refresh.as_deref();
                prepared.json(&json!({"refresh_token": token}))
            }
            ("POST", "/token") => {
                let token = self.second.refresh.as_deref().unwrap();
                prepared.form(&[("grant_type", "refresh_token"), ("refresh_token", token)])
            }
            _ => prepared,
        }
    }

    async fn of_member(&self, route: &Route, prepared: Prepared) -> Prepared {
        if route.path == "/me/recovery-codes" {
            return prepared.json(&json!({})).bearer(&self.second);
        }
        let mut member = self.member().await;
        let password = json!({"password": PASSWORD});
        let prepared = match (route.method, route.path) {
            ("POST", "/logout/everywhere") => prepared.json(&json!({})).once(&[401]),
            ("DELETE", "/me") => prepared.json(&password).once(&[401]),
            ("PUT", "/password") => {
                let new = "a brand new pass phrase";
                let body = json!({"current_password": PASSWORD, "new_password": new});
                prepared.json(&body).once(&[401])
            }
            ("POST", "/email") => {
                prepared.json(&json!({"email": self.new_email(), "password": PASSWORD}))
            }
            ("POST", "/me/totp") => prepared.json(&password),
            ("POST", "/me/totp/confirm") => {
                let begun = member.post("/me/totp", password).await;
                let begun = begun.assert_status(200).json();
                let app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
                let code = app.code(self.service.clock.now());
                let body = json!({"enrolment": begun["enrolment"], "code": code});
                prepared.json(&body).once(&[401])
            }
            ("POST", "/passkeys/registration") => prepared.json(&json!({})),
            ("POST", "/me/passkeys") => {
                let begun = member.post("/passkeys/registration", json!({})).await;
                let begun = begun.assert_status(200).json();
                let credential = Authenticator::ed25519().registration_json(&begun["options"]);
                let body = json!({"challenge": begun["challenge"], "credential": credential});
                prepared.json(&body).once(&[400, 401])
            }
            ("PATCH" | "DELETE", "/me/passkeys/{id}") => {
                let phone = Authenticator::ed25519();
                let added = phone.add_to(&mut member).await.assert_status(201).json();
                member = phone.logged_in(self.service, member.id()).await;
                let id = added["passkey"]["id"].as_str().unwrap();
                Prepared {
                    path: format!("/me/passkeys/{id}"),
                    ..prepared
                }
                .once(&[401])
            }
            ("DELETE", "/me/accounts/{id}") => {
                let accounts = member.get("/me/accounts").await.json();
                let id = accounts["accounts"][0]["id"].as_str().unwrap();
                Prepared {
                    path: format!("/me/accounts/{id}"),
                    ..prepared
                }
            }
            _ => prepared,
        };
        prepared.bearer(&member)
    }

    async fn of_admin(&self, route: &Route, prepared: Prepared) -> Prepared {
        let mut prepared = prepared.bearer(&self.admin);
        if route.path.contains("{id}") {
            let id = self.member().await.id().to_string();
            prepared.path = route.path.replace("{id}", &id);
        }
        match (route.method, route.path) {
            ("POST", "/admin/users") => {
                let body = json!({"email": self.new_email(), "password": PASSWORD});
                prepared.json(&body).once(&[409])
            }
            ("DELETE", _) => prepared.once(&[404]),
            _ => prepared,
        }
    }

    async fn second_step(&self, prepared: Prepared) -> Prepared {
        let made = self.second.post("/me/recovery-codes", json!({})).await;
        let codes = made.assert_status(201).json();
        let asked = self.service.anon().log_in(SECOND, PASSWORD).await.json();
        let body = json!({
            "continuation": continuation(&asked), "recovery_code": codes["recovery_codes"][0],
        });
        prepared.json(&body).once(&[401])
    }
}

/// The URL of an authorization request.
pub fn authorization(scope: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", "default")
        .append_pair("redirect_uri", REDIRECT_URI)
        .append_pair("state", "x")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .append_pair("scope", scope)
        .finish();
    format!("/authorize?{query}")
}

/// The form that redeems a code.
fn redemption(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}

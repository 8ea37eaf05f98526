//! Every token kind at every consumer over HTTP: each works only for its own purpose and for the
//! lifetime in `x-token-kinds` of `/openapi.json`.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::token::SsoSession;

use super::{Login, OAUTH_CLIENT, OpenIdStub, Person, TestService};
use crate::support::{
    ApiClient, Engine, PASSWORD,
    answer::Answer,
    oauth_client::{CHALLENGE, REDIRECT_URI, VERIFIER},
    stub::{one, pairs},
    token,
    totp::{AuthenticatorApp, continuation},
    upstream::{Callback, LOOPBACK},
};

/// Each consumer and its token kind. A code stands for a login or for an account. The hint comes first: a later
/// consumer logs another user in.
const CONSUMERS: [(&str, &str); 20] = [
    ("the hint of a page", "hinted-user"),
    ("/session", "access"),
    ("/me", "access"),
    ("/refresh", "refresh"),
    ("/token by refresh", "refresh"),
    ("/signup/confirm", "sign-up"),
    ("/login/link/confirm", "login-link"),
    ("/login/link/confirm by code", "login-code"),
    ("/password/reset", "password-reset"),
    ("/email/confirm", "address-change"),
    ("/callback", "login-state"),
    ("/token by code", "code"),
    ("/me/accounts", "code of an account"),
    ("/login/stub/address", "pending-address"),
    ("/login/stub/confirm", "account-link"),
    ("the challenge of an ID token", "native-login"),
    ("an ID token", "id"),
    ("/authorize", "sso"),
    ("/login/second-factor", "second-factor"),
    ("/me/totp/confirm", "totp-enrolment"),
];

/// A service with a provider that is trusted with emails, and an OpenID Connect client.
async fn openid_service(stub: &OpenIdStub) -> TestService {
    let clients = format!("{OAUTH_CLIENT}\nscopes = ['openid']\nid_token_algorithm = 'ES256'");
    let upstreams = [("stub", stub as _, "trusts_addresses = true")];
    TestService::with_providers(Engine::Sqlite, &upstreams, &clients).await
}

/// One valid token of each kind, from one login in one browser, so that only the kind differs.
struct Everything<'a> {
    service: &'a TestService,
    login: Login<'a>,
    callback: Callback,
    grace: ApiClient<'a>,
    /// The user who sets up an authenticator app.
    edith: ApiClient<'a>,
    /// The app of a user who logs in, and that of Edith.
    apps: [AuthenticatorApp; 2],
    /// The mailed code of the challenge.
    login_code: String,
    tokens: BTreeMap<&'static str, String>,
}

/// The challenge of a login link to a new user, and the mailed code.
async fn mailed_code(service: &TestService, email: &str) -> (String, String) {
    let user = service.signed_up(email).await;
    let body = json!({"email": email, "code_challenge": CHALLENGE});
    let asked = user.post("/login/link", body).await.json();
    let challenge = asked["challenge"].as_str().unwrap().to_owned();
    (challenge, service.mailed_code(email).unwrap())
}

impl<'a> Everything<'a> {
    async fn of(service: &'a TestService, stub: &OpenIdStub) -> Self {
        let mut ida = service.signed_up("ida@example.com").await;
        let app = AuthenticatorApp::enrolled(service, &mut ida).await;
        let pending_login = ida.log_in("ida@example.com", PASSWORD).await.json();
        let edith = service.signed_up("edith@example.com").await;
        let begun = edith.post("/me/totp", json!({})).await.json();
        let new_app = AuthenticatorApp::with(begun["secret"].as_str().unwrap());
        let grace = service.signed_up("grace@example.com").await;
        let login = Login::new(service);
        let url = login.url("stub");
        let code = login.code(&login.browser.log_in_through(stub, &url).await);
        let sso = login.browser.cookie("signet-8080-sso").unwrap();
        let hint = {
            let now = service.clock.now();
            let session: SsoSession = service.app.tokens.verify(&sso, now).unwrap();
            token::id_token_hint(service, session.sub, "app")
        };
        let hinted = format!("{}&prompt=login&id_token_hint={hint}", login.url(""));
        let links = login.browser.visit(&hinted).await.links();
        let (_, forgot) = links
            .iter()
            .find(|(text, _)| text == "Forgot password?")
            .unwrap();
        let forgot = pairs(forgot.split_once('?').unwrap().1.as_bytes());
        let hinted = one(&forgot, "hinted").unwrap().to_owned();
        stub.person(Person::new("linked", "ada@elsewhere.example"));
        let linking = format!("{url}&intent=link");
        let of_account = login.code(&login.browser.log_in_through(stub, &linking).await);
        let challenge = service
            .anon()
            .post("/login/stub/challenge", json!({}))
            .await;
        let challenge = challenge.json();
        let text = |name: &str| challenge[name].as_str().unwrap().to_owned();
        let id_token = stub.native_id_token(&text("nonce"));

        stub.person(Person::without_email("nobody-knows"));
        let page = login.browser.log_in_through(stub, &url).await;
        let (action, mut form) = page.form();
        let (_, pending) = form.iter().find(|(name, _)| name == "token").unwrap();
        let pending = pending.clone();
        form.retain(|(name, _)| name != "email");
        form.push(("email".to_owned(), "alan@example.com".to_owned()));
        let sent = login.browser.post_form(&action, &form).await;
        sent.assert_status(202);
        let link = service.mailed_token("alan@example.com").unwrap();

        let asked = json!({"email": "new@example.com"});
        service.anon().post("/signup", asked).await;
        let sign_up = service.mailed_token("new@example.com").unwrap();
        let mailed = async |email: &str, path: &str, body: Value| {
            let person = service.signed_up(email).await;
            person.post(path, body.clone()).await.assert_status(202);
            let to = body["email"].as_str().unwrap();
            service.mailed_token(to).unwrap()
        };
        let body = json!({"email": "kay@example.com", "code_challenge": CHALLENGE});
        let to_log_in = mailed("kay@example.com", "/login/link", body).await;
        let (by_code, login_code) = mailed_code(service, "joan@example.com").await;
        let body = json!({"email": "jean@example.com"});
        let to_reset = mailed("jean@example.com", "/password/forgot", body).await;
        let body = json!({"email": "betty@elsewhere.example"});
        let to_move = mailed("betty@example.com", "/email", body).await;
        stub.person(Person::new("under-way", "mary@example.com"));
        let callback = login.browser.until_callback(stub, &url).await;
        let tokens = [
            ("access", grace.access.clone().unwrap()),
            ("refresh", grace.refresh.clone().unwrap()),
            ("sign-up", sign_up),
            ("login-link", to_log_in),
            ("login-code", by_code),
            ("password-reset", to_reset),
            ("address-change", to_move),
            ("login-state", stub.requested("state").unwrap()),
            ("code", code),
            ("code of an account", of_account),
            ("pending-address", pending),
            ("account-link", link),
            ("native-login", text("challenge")),
            ("id", id_token),
            ("sso", sso),
            ("hinted-user", hinted),
            ("second-factor", continuation(&pending_login).to_owned()),
            (
                "totp-enrolment",
                begun["enrolment"].as_str().unwrap().to_owned(),
            ),
        ];
        Self {
            service,
            login,
            callback,
            grace,
            edith,
            apps: [app, new_app],
            login_code,
            tokens: tokens.into(),
        }
    }

    /// The response of a consumer to a token of a kind.
    async fn present(&self, consumer: &str, kind: &str) -> Answer {
        let token = self.tokens[kind].as_str();
        let code = |app: usize| self.apps[app].code(self.service.clock.now());
        let (anon, browser) = (self.service.anon(), &self.login.browser);
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        match consumer {
            "/session" | "/me" => {
                let mut bearer = anon;
                bearer.access = Some(token.to_owned());
                bearer.get(consumer).await
            }
            "/refresh" => anon.post(consumer, json!({"refresh_token": token})).await,
            "/token by refresh" => {
                let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
                anon.post_form("/token", &form).await
            }
            "/token by code" => self.login.redeem(token).await,
            "/login/second-factor" => {
                let body = json!({"continuation": token, "code": code(0)});
                anon.post(consumer, body).await
            }
            "/me/totp/confirm" => {
                let body = json!({"enrolment": token, "code": code(1)});
                let mut edith = self.edith.clone();
                edith.refreshed().await;
                edith.post(consumer, body).await
            }
            "/email/confirm" => anon.post(consumer, json!({"token": token})).await,
            "/login/link/confirm" => {
                let body = json!({"token": token, "code_verifier": VERIFIER});
                anon.post(consumer, body).await
            }
            "/login/link/confirm by code" => {
                let body = json!({
                    "challenge": token, "code": self.login_code, "code_verifier": VERIFIER
                });
                anon.post("/login/link/confirm", body).await
            }
            "/signup/confirm" | "/password/reset" => {
                let body = json!({"token": token, "password": PASSWORD});
                anon.post(consumer, body).await
            }
            "/callback" => {
                let mut answer = self.callback.answer();
                answer.retain(|(name, _)| name != "state");
                answer.push(field("state", token));
                let at = format!("{LOOPBACK}/callback/stub");
                browser
                    .open_callback(&Callback::new(&at, false, answer))
                    .await
            }
            "/me/accounts" => self.login.link(token, &self.grace).await,
            "/login/stub/address" => {
                let form = [field("token", token), field("email", "x@example.com")];
                browser.post_form(consumer, &form).await
            }
            "/authorize" => {
                let url = format!("{}&prompt=none", self.login.url(""));
                let path = url.strip_prefix(LOOPBACK).unwrap();
                let cookie = format!("signet-8080-sso={token}");
                anon.send("GET", path, &[("cookie", &cookie)], String::new())
                    .await
            }
            "the hint of a page" => {
                let silent = format!("{}&prompt=none&hinted={token}", self.login.url(""));
                browser.visit(&silent).await
            }
            "/login/stub/confirm" => browser.post_form(consumer, &[field("token", token)]).await,
            _ => {
                let (challenge, id_token) = if consumer == "an ID token" {
                    (self.tokens["native-login"].as_str(), token)
                } else {
                    (token, self.tokens["id"].as_str())
                };
                let body = json!({"challenge": challenge, "id_token": id_token});
                anon.post("/login/stub/id-token", body).await
            }
        }
    }

    /// Tells whether the token was accepted. A callback that returns to the app without a code is a
    /// rejection.
    async fn is_accepted_at(&self, consumer: &str, kind: &str) -> bool {
        let answer = self.present(consumer, kind).await;
        let said = format!("{kind} at {consumer}: {} {}", answer.status, answer.text());
        match answer.status {
            200..300 => true,
            303 if answer.header("location").contains("error=login_required")
                || answer.header("location").contains("error=invalid_request") =>
            {
                false
            }
            303 => {
                assert!(
                    answer.header("location").starts_with(REDIRECT_URI),
                    "{said}"
                );
                assert!(answer.header("location").contains("code="), "{said}");
                true
            }
            400 | 401 => {
                assert!(!answer.text().contains("access_token"), "{said}");
                false
            }
            _ => panic!("{said}"),
        }
    }
}

/// T2: valid tokens are presented last, so that no token is rejected because it was used.
#[tokio::test]
async fn token_kinds_are_not_interchangeable() {
    let stub = OpenIdStub::start();
    let service = openid_service(&stub).await;
    let all = Everything::of(&service, &stub).await;
    for (consumer, its_own) in CONSUMERS {
        for kind in all.tokens.keys().filter(|kind| **kind != its_own) {
            let is_good = all.is_accepted_at(consumer, kind).await;
            assert!(!is_good, "{kind} is good at {consumer}");
        }
    }
    for (consumer, its_own) in CONSUMERS {
        // Both are used up together.
        if its_own != "native-login" {
            let is_good = all.is_accepted_at(consumer, its_own).await;
            assert!(is_good, "{its_own} is no good at {consumer}");
        }
    }
    let kinds = service.anon().get("/openapi.json").await.json();
    for kind in kinds["x-token-kinds"].as_array().unwrap() {
        let name = kind["kind"].as_str().unwrap();
        assert!(all.tokens.contains_key(name), "{name} was not tried");
    }
}

#[tokio::test]
async fn slow_token_kinds_expire_as_described() {
    let stub = OpenIdStub::start();
    let service = openid_service(&stub).await;
    let kinds = service.anon().get("/openapi.json").await.json();
    let mut told = BTreeMap::new();
    for kind in kinds["x-token-kinds"].as_array().unwrap() {
        let name = kind["kind"].as_str().unwrap();
        let lifetime = TimeDelta::seconds(kind["lifetime"].as_i64().unwrap());
        // Access tokens are accepted a little longer, by the leeway for other clocks.
        let leeway = TimeDelta::seconds(if name == "access" { 30 } else { 0 });
        told.insert(name.to_owned(), lifetime + leeway);
    }
    for (kind, lifetime) in told {
        let (consumer, _) = CONSUMERS
            .iter()
            .find(|(_, its_own)| *its_own == kind)
            .unwrap();
        for (age, expected) in [(lifetime - TimeDelta::seconds(1), true), (lifetime, false)] {
            let stub = OpenIdStub::start();
            let service = openid_service(&stub).await;
            let all = Everything::of(&service, &stub).await;
            service.clock.advance(age);
            let is_good = all.is_accepted_at(consumer, &kind).await;
            assert_eq!(is_good, expected, "{kind} at {consumer} after {age}");
        }
    }
}

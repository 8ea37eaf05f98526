//! A service that has clients of every kind, and requests to its endpoints.

use std::collections::BTreeSet;

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use signet::client::SecretHash;

use super::client_assertion::Assertions;
use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    oauth_client::{CHALLENGE, REDIRECT_URI, VERIFIER},
    stub::{one, pairs},
    upstream::LOOPBACK,
};

pub const EMAIL: &str = "ada@example.com";
pub const SECRET: &str = "the secret";

/// The credentials of the client `secret` by HTTP Basic.
pub const BASIC: &str = "secret:the+secret";

/// The scopes of the client `app`.
pub const SCOPES: &str = "openid profile email groups read";

/// Clients that use every setting that changes the metadata.
pub fn clients(assertions: &Assertions) -> String {
    format!(
        "[[clients]]
        client_id = 'app'
        scopes = ['openid', 'profile', 'email', 'groups', 'read']
        redirect_uris = ['{REDIRECT_URI}']
        backchannel_logout_uri = 'http://127.0.0.1:9/logout'
        [[clients]]
        client_id = 'secret'
        client_secret_hashes = ['{hash}']
        grants = ['authorization_code', 'refresh_token', 'client_credentials', 'token_exchange']
        scopes = ['openid', 'read']
        redirect_uris = ['{REDIRECT_URI}']
        audience = 'https://files.example.com'
        may_exchange_to = ['https://api.example.com']
        id_token_algorithm = 'ES256'
        [[clients]]
        client_id = 'keys'
        {jwks}
        grants = ['client_credentials']
        scopes = ['read']
        [[clients]]
        client_id = 'ed'
        algorithm = 'EdDSA'
        id_token_algorithm = 'EdDSA'
        scopes = ['openid']
        redirect_uris = ['{REDIRECT_URI}']
        ",
        hash = SecretHash::of(SECRET),
        jwks = assertions.setting(),
    )
}

/// A service, its metadata, and a browser that is logged in at the issuer.
pub struct Setup<'a> {
    pub service: &'a TestService,
    pub metadata: Value,
    pub browser: Browser<'a>,
}

pub async fn service(settings: &str) -> TestService {
    let service = TestService::with_providers(Engine::Sqlite, &[], settings).await;
    let ada = service.signed_up_at("app", EMAIL).await;
    let edit = json!({"name": "Ada", "image": "https://example.com/ada.png"});
    ada.send_json("PATCH", "/me", edit).await.assert_status(200);
    service
}

impl<'a> Setup<'a> {
    pub async fn of(service: &'a TestService) -> Self {
        let path = "/.well-known/openid-configuration";
        let metadata = service.anon().get(path).await.assert_status(200).json();
        let setup = Self {
            service,
            metadata,
            browser: Browser::new(service),
        };
        let page = setup.authorize("app", &[]).await;
        let (action, _) = page.assert_status(200).form();
        let fields = [("email", EMAIL), ("password", PASSWORD), ("by", "password")];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = setup.browser.post_form(&action, &fields).await;
        answer.assert_status(303);
        setup
    }

    /// The values of a member that is a list. An absent member has none.
    pub fn listed(&self, member: &str) -> BTreeSet<&str> {
        let values = self.metadata[member].as_array().into_iter().flatten();
        values.map(|value| value.as_str().unwrap()).collect()
    }

    /// Sends a request to the authorization endpoint, with these parameters in place of the usual ones.
    pub async fn authorize(&self, client_id: &str, more: &[(&str, &str)]) -> Answer {
        let usual = [
            ("response_type", "code"),
            ("client_id", client_id),
            ("redirect_uri", REDIRECT_URI),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("scope", SCOPES),
            ("nonce", "n"),
        ];
        let usual = usual
            .iter()
            .filter(|(name, _)| more.iter().all(|(it, _)| it != name));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(usual)
            .extend_pairs(more)
            .finish();
        self.browser.visit(&format!("/authorize?{query}")).await
    }

    /// The error of an authorization response, if there is one.
    pub fn error(answer: &Answer) -> Option<String> {
        if answer.status == 200 {
            return None;
        }
        answer.assert_status(303);
        let parameters = redirected(answer);
        assert_eq!(one(&parameters, "iss"), Some(LOOPBACK));
        one(&parameters, "error").map(str::to_owned)
    }

    /// Asserts that a parameter is accepted with exactly these values of all the candidates.
    pub async fn assert_parameter(
        &self,
        (member, parameter): (&str, &str),
        candidates: &[&str],
        error: &str,
    ) {
        let listed = self.listed(member);
        assert!(listed.iter().all(|value| candidates.contains(value)));
        for value in candidates {
            let answer = self.authorize("app", &[(parameter, value)]).await;
            let expected = (!listed.contains(value)).then_some(error);
            let found = Self::error(&answer);
            assert_eq!(found.as_deref(), expected, "{parameter}={value}");
        }
    }

    pub async fn token(&self, basic: Option<&str>, form: &[(&str, &str)]) -> Answer {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
        let basic = basic.map(|it| format!("Basic {}", STANDARD.encode(it)));
        headers.extend(basic.iter().map(|it| ("authorization", it.as_str())));
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let client = self.service.anon();
        client.send("POST", "/token", &headers, body).await
    }

    /// Logs in at a public client by the session at the issuer.
    pub async fn log_in(&self, client_id: &str, more: &[(&str, &str)]) -> Value {
        let answer = self.authorize(client_id, more).await;
        let form = [("client_id", client_id)];
        let redeemed = self.redeem(&code(&answer), None, &form).await;
        redeemed.assert_status(200).json()
    }

    pub async fn redeem(&self, code: &str, basic: Option<&str>, more: &[(&str, &str)]) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ];
        self.token(basic, &[&form, more].concat()).await
    }

    pub async fn userinfo(&self, access_token: &str) -> Answer {
        let bearer = format!("Bearer {access_token}");
        let headers = [("authorization", bearer.as_str())];
        let client = self.service.anon();
        client
            .send("GET", "/userinfo", &headers, Body::empty())
            .await
    }
}

pub fn redirected(answer: &Answer) -> Vec<(String, String)> {
    let query = answer.header("location").split_once('?').unwrap().1;
    pairs(query.as_bytes())
}

#[track_caller]
pub fn code(answer: &Answer) -> String {
    let parameters = redirected(answer.assert_status(303));
    let code = one(&parameters, "code");
    code.unwrap_or_else(|| panic!("{parameters:?}")).to_owned()
}

pub fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("{body:#}"))
}

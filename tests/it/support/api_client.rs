//! A client of the API with an optional session.

use std::net::SocketAddr;

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use signet::identity::{Epoch, UserId};

use super::{PASSWORD, TestService, answer::Answer, contract::Contract, token};

/// A client that sends requests and keeps the tokens of its session.
#[derive(Clone)]
pub struct ApiClient<'a> {
    service: &'a TestService,
    peer: SocketAddr,
    pub access: Option<String>,
    pub refresh: Option<String>,
}

impl<'a> ApiClient<'a> {
    pub fn new(service: &'a TestService) -> Self {
        let peer = "192.0.2.1:50000".parse().unwrap();
        Self {
            service,
            peer,
            access: None,
            refresh: None,
        }
    }

    /// The same client with this IP address.
    pub fn from(mut self, address: &str) -> Self {
        self.peer = SocketAddr::new(address.parse().unwrap(), 50000);
        self
    }

    /// Sends a request with exactly these headers and checks the response against the `OpenAPI`
    /// document.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let request = request(method, path, headers, body);
        let is_https = self
            .service
            .app
            .config
            .issuer
            .as_str()
            .starts_with("https:");
        let answer = self.service.send(request, self.peer).await;
        let answer = Answer::read(answer, is_https).await;
        let contract = Contract::of(&self.service.app.config);
        if let Err(fault) = contract.admits(method, path, &answer) {
            let (status, text) = (answer.status, answer.text());
            panic!("{method} {path} answered {status}, not as described: {fault}\n{text}");
        }
        answer
    }

    /// Sends a `GET` request with the access token, if there is one.
    pub async fn get(&self, path: &str) -> Answer {
        let authorization = self.authorization();
        let headers = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()));
        self.send("GET", path, &headers.collect::<Vec<_>>(), Body::empty())
            .await
    }

    /// Sends a `POST` request with a JSON body, and with the access token if there is one.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send_json("POST", path, body).await
    }

    /// Sends a JSON body with any method, and with the access token if there is one.
    pub async fn send_json(&self, method: &str, path: &str, body: Value) -> Answer {
        let authorization = self.authorization();
        let headers = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()));
        let headers = headers.chain([("content-type", "application/json")]);
        self.send(method, path, &headers.collect::<Vec<_>>(), body.to_string())
            .await
    }

    /// Sends a `POST` request with a form.
    pub async fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", path, &headers, body).await
    }

    fn authorization(&self) -> Option<String> {
        self.access.as_ref().map(|token| format!("Bearer {token}"))
    }

    /// Signs up, and confirms the mailed link with this password.
    pub async fn sign_up(&self, email: &str, password: &str) -> Answer {
        self.sign_up_by(json!({"email": email}), email, password)
            .await
    }

    /// The same with this request.
    pub async fn sign_up_by(&self, request: Value, email: &str, password: &str) -> Answer {
        self.post("/signup", request).await.assert_status(202);
        let token = self
            .service
            .mailed_token(email)
            .expect("a link in the mail");
        self.post(
            "/signup/confirm",
            json!({"token": token, "password": password}),
        )
        .await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Answer {
        self.post("/login", json!({"email": email, "password": password}))
            .await
    }

    /// Logs in with [`PASSWORD`] and keeps the tokens.
    pub async fn logged_in(mut self, email: &str) -> Self {
        let answer = self.log_in(email, PASSWORD).await;
        answer.assert_status(200);
        self.keep(&answer);
        self
    }

    /// Refreshes without keeping the new tokens, as a second tab does.
    pub async fn refresh(&self) -> Answer {
        let refresh_token = self.refresh.as_deref().expect("a refresh token");
        self.post("/refresh", json!({"refresh_token": refresh_token}))
            .await
    }

    /// Refreshes and keeps the new tokens.
    pub async fn refreshed(&mut self) -> Answer {
        let answer = self.refresh().await;
        answer.assert_status(200);
        self.keep(&answer);
        answer
    }

    /// Keeps the tokens of a response.
    pub fn keep(&mut self, answer: &Answer) {
        let body = answer.json();
        self.access = body["access_token"].as_str().map(str::to_owned);
        self.refresh = body["refresh_token"].as_str().map(str::to_owned);
    }

    /// The user id in the kept access token.
    pub fn id(&self) -> UserId {
        self.claims()["sub"].as_str().unwrap().parse().unwrap()
    }

    /// Sets the role of the user directly in the database.
    pub async fn set_role(&self, role: &str) {
        let (role, now) = (role.parse().unwrap(), self.service.clock.now());
        let store = &self.service.app.store;
        assert!(store.set_role(self.id(), &role, now).await.unwrap());
    }

    /// Disables or enables the user directly in the database.
    pub async fn set_active(&self, is_active: bool) {
        let (app, now) = (&self.service.app, self.service.clock.now());
        let epoch = Epoch::fresh(&app.entropy).unwrap();
        let done = app.store.set_active(self.id(), is_active, epoch, now).await;
        assert!(done.unwrap());
    }

    /// The claims of the kept access token.
    pub fn claims(&self) -> Value {
        token::claims(self.access.as_deref().expect("an access token"))
    }
}

/// A request with exactly these headers.
pub fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder()
        .method(method.parse::<Method>().unwrap())
        .uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

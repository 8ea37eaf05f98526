//! Somebody who talks to the service.

use std::net::SocketAddr;

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use signet::identity::{Epoch, UserId};

use super::{House, PASSWORD, answer::Answer, contract::Contract, token};

/// Somebody with or without a session, who sends requests and keeps what comes back.
#[derive(Clone)]
pub struct Actor<'a> {
    house: &'a House,
    peer: SocketAddr,
    pub access: Option<String>,
    pub refresh: Option<String>,
}

impl<'a> Actor<'a> {
    pub fn new(house: &'a House) -> Self {
        let peer = "192.0.2.1:50000".parse().unwrap();
        Self {
            house,
            peer,
            access: None,
            refresh: None,
        }
    }

    /// The same somebody, from that address.
    pub fn from(mut self, address: &str) -> Self {
        self.peer = SocketAddr::new(address.parse().unwrap(), 50000);
        self
    }

    /// Sends a request with headers of one's own choice, and no others.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let is_https = self.house.app.config.issuer.as_str().starts_with("https:");
        let answer = self.house.send(request, self.peer).await;
        let answer = Answer::read(answer, is_https).await;
        let contract = Contract::of(&self.house.app.config);
        if let Err(fault) = contract.admits(method, path, &answer) {
            let (status, text) = (answer.status, answer.text());
            panic!("{method} {path} answered {status}, not as described: {fault}\n{text}");
        }
        answer
    }

    /// `GET`, with the session if there is one.
    pub async fn get(&self, path: &str) -> Answer {
        let authorization = self.authorization();
        let headers = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()));
        self.send("GET", path, &headers.collect::<Vec<_>>(), Body::empty())
            .await
    }

    /// `POST` of a JSON text, with the session if there is one.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, body).await
    }

    /// A JSON text by whatever method, with the session if there is one.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let authorization = self.authorization();
        let headers = authorization
            .iter()
            .map(|value| ("authorization", value.as_str()));
        let headers = headers.chain([("content-type", "application/json")]);
        self.send(method, path, &headers.collect::<Vec<_>>(), body.to_string())
            .await
    }

    /// `POST` of a form.
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

    /// Signs up, opens the link and chooses that password.
    pub async fn sign_up(&self, email: &str, password: &str) -> Answer {
        self.post("/signup", json!({"email": email}))
            .await
            .assert_status(202);
        let token = self.house.mailed_token(email).expect("a link in the mail");
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

    /// Logs in with the usual password and keeps the session.
    pub async fn logged_in(mut self, email: &str) -> Self {
        let answer = self.log_in(email, PASSWORD).await;
        answer.assert_status(200);
        self.keep(&answer);
        self
    }

    /// Refreshes without keeping what comes back, as a second tab does.
    pub async fn refresh(&self) -> Answer {
        let refresh_token = self.refresh.as_deref().expect("a refresh token");
        self.post("/refresh", json!({"refresh_token": refresh_token}))
            .await
    }

    /// Refreshes and keeps the new session.
    pub async fn refreshed(&mut self) -> Answer {
        let answer = self.refresh().await;
        answer.assert_status(200);
        self.keep(&answer);
        answer
    }

    /// Keeps the tokens of an answer.
    pub fn keep(&mut self, answer: &Answer) {
        let body = answer.json();
        self.access = body["access_token"].as_str().map(str::to_owned);
        self.refresh = body["refresh_token"].as_str().map(str::to_owned);
    }

    /// Who it is, by the kept access token.
    pub fn id(&self) -> UserId {
        self.claims()["sub"].as_str().unwrap().parse().unwrap()
    }

    /// Is given a role, straight in the database.
    pub async fn becomes(&self, role: &str) {
        let (role, now) = (role.parse().unwrap(), self.house.clock.now());
        let store = &self.house.app.store;
        assert!(store.set_role(self.id(), &role, now).await.unwrap());
    }

    /// Is shut out or let in again, straight in the database.
    pub async fn set_active(&self, is_active: bool) {
        let (app, now) = (&self.house.app, self.house.clock.now());
        let epoch = Epoch::fresh(&app.entropy).unwrap();
        let done = app.store.set_active(self.id(), is_active, epoch, now).await;
        assert!(done.unwrap());
    }

    /// The claims of the kept access token.
    pub fn claims(&self) -> Value {
        token::claims(self.access.as_deref().expect("an access token"))
    }
}

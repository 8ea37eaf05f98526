//! A browser: it keeps cookies, and says which page asks.

use std::{collections::BTreeMap, sync::Mutex};

use axum::body::Body;
use serde_json::{Value, json};

use super::{Actor, House, PASSWORD, answer::Answer};

/// Where the pages of the client with cookies live.
pub const APP: &str = "https://app.example.com";

/// The client with cookies.
pub const WEB: &str = "
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
";

pub const ACCESS: &str = "__Host-signet-access";
pub const REFRESH: &str = "__Host-signet-refresh";

/// A browser that shows a page of one origin.
pub struct Browser<'a> {
    actor: Actor<'a>,
    pub origin: Option<&'static str>,
    /// Name → value, as far as the browser has been told to keep it.
    pub jar: Mutex<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    /// With a page of the app, and no cookies.
    pub fn new(house: &'a House) -> Self {
        Self {
            actor: house.anon(),
            origin: Some(APP),
            jar: Mutex::default(),
        }
    }

    /// Of somebody who has just signed up in it.
    pub async fn signed_up(house: &'a House, email: &str) -> Self {
        let browser = Self::new(house);
        let asked = json!({"email": email});
        browser.post("/signup", asked).await.assert_status(202);
        let token = house.mailed_token(email).unwrap();
        let body = json!({"token": token, "password": PASSWORD});
        let confirmed = browser.post("/signup/confirm", body).await;
        browser.keep(confirmed.assert_status(201));
        browser
    }

    /// Logged in with the usual password.
    pub async fn logged_in(house: &'a House, email: &str) -> Self {
        let browser = Self::new(house);
        let answer = browser.log_in(email).await;
        answer.assert_status(200);
        browser.keep(&answer);
        browser
    }

    pub async fn log_in(&self, email: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD});
        self.send("POST", "/login", Some(body)).await
    }

    /// Sends cookies and origin along. What comes back is not kept yet.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let cookies = self.cookies();
        let mut headers = Vec::new();
        if !cookies.is_empty() {
            headers.push(("cookie", cookies.as_str()));
        }
        headers.extend(self.origin.map(|origin| ("origin", origin)));
        let body = match body {
            Some(body) => {
                headers.push(("content-type", "application/json"));
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.actor.send(method, path, &headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    /// The header of the next request.
    pub fn cookies(&self) -> String {
        let jar = self.jar.lock().unwrap();
        let pairs: Vec<_> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Does with an answer's cookies what a browser does.
    pub fn keep(&self, answer: &Answer) {
        let mut jar = self.jar.lock().unwrap();
        for line in answer.set_cookies() {
            let (pair, attributes) = line.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Forgets one cookie, as when it has expired.
    pub fn drop_cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().remove(name)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }
}

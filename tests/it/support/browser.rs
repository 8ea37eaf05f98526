//! A browser: it keeps cookies, and says which page asks.

use std::{collections::BTreeMap, sync::Mutex};

use axum::body::Body;
use serde_json::{Value, json};

use super::{
    Actor, House, PASSWORD,
    answer::Answer,
    upstream::{Callback, LOOPBACK, Upstream},
};

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

/// To a provider and back.
impl Browser<'_> {
    /// Follows a link or a redirect to a page of the service, from wherever that was.
    pub async fn visits(&self, url: &str) -> Answer {
        let headers = [("sec-fetch-site", "cross-site")];
        self.navigates("GET", url, &headers, true, &[]).await
    }

    /// Starts there, agrees at the provider, and comes back.
    pub async fn through(&self, upstream: &dyn Upstream, start: &str) -> Answer {
        let callback = self.as_far_as(upstream, start).await;
        self.comes_back(&callback).await
    }

    /// Starts there and agrees at the provider; what it would come back with.
    pub async fn as_far_as(&self, upstream: &dyn Upstream, start: &str) -> Callback {
        let started = self.visits(start).await;
        started.assert_status(303);
        upstream.authorize(started.header("location"))
    }

    /// Comes back with that.
    pub async fn comes_back(&self, callback: &Callback) -> Answer {
        let Some(form) = &callback.form else {
            return self.visits(&callback.url).await;
        };
        let posted = self.posts_from_elsewhere(&callback.url, form).await;
        if posted.status != 200 {
            return posted;
        }
        // A page that posts the same again, as one of our own.
        let (action, form) = posted.form();
        self.posts(&action, &form).await
    }

    /// Posts a form of another site. The cookies are `Lax`: it arrives without them.
    pub async fn posts_from_elsewhere(&self, url: &str, form: &[(String, String)]) -> Answer {
        let origin = [
            ("origin", "https://provider.example.com"),
            ("sec-fetch-site", "cross-site"),
        ];
        self.navigates("POST", url, &origin, false, form).await
    }

    /// Posts a form of one of the service's own pages.
    pub async fn posts(&self, action: &str, form: &[(String, String)]) -> Answer {
        let own = [("origin", LOOPBACK), ("sec-fetch-site", "same-origin")];
        self.navigates("POST", action, &own, true, form).await
    }

    async fn navigates(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        with_cookies: bool,
        form: &[(String, String)],
    ) -> Answer {
        let path = url.strip_prefix(LOOPBACK).unwrap_or(url);
        assert!(path.starts_with('/'), "{url} is not ours");
        let cookies = self.cookies();
        let mut headers = headers.to_vec();
        headers.extend([
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ]);
        if with_cookies && !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
        }
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let answer = self.actor.send(method, path, &headers, body).await;
        self.keep(&answer);
        answer
    }
}

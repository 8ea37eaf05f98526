//! A browser in this process that keeps cookies and sends an `Origin`.

use std::{collections::BTreeMap, sync::Mutex};

use axum::body::Body;
use serde_json::{Value, json};

use super::{
    ApiClient, PASSWORD, TestService,
    answer::Answer,
    upstream::{Callback, StubProvider},
};

/// The origin of the pages of the cookie client.
pub const APP: &str = "https://app.example.com";

/// The configuration of a client with cookie transport.
pub const WEB: &str = "
    [[clients]]
    client_id = 'web'
    transport = 'cookie'
    origins = ['https://app.example.com']
";

pub const ACCESS: &str = "__Host-signet-access";
pub const REFRESH: &str = "__Host-signet-refresh";

/// A browser with a page of one origin.
pub struct Browser<'a> {
    client: ApiClient<'a>,
    /// The origin of the pages of the service.
    issuer: String,
    pub origin: Option<&'static str>,
    /// Name → value of the stored cookies.
    pub jar: Mutex<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    /// A browser with a page of the app and without cookies.
    pub fn new(service: &'a TestService) -> Self {
        Self {
            client: service.anon(),
            issuer: service.app.config.issuer.origin().to_owned(),
            origin: Some(APP),
            jar: Mutex::default(),
        }
    }

    /// The same browser at another node, as behind a load balancer.
    pub fn moved_to<'b>(&self, node: &'b TestService) -> Browser<'b> {
        let moved = Browser::new(node);
        *moved.jar.lock().unwrap() = self.jar.lock().unwrap().clone();
        moved
    }

    /// A browser whose user has just signed up in the browser.
    pub async fn signed_up(service: &'a TestService, email: &str) -> Self {
        let browser = Self::new(service);
        let asked = json!({"email": email});
        browser.post("/signup", asked).await.assert_status(202);
        let token = service.mailed_token(email).unwrap();
        let body = json!({"token": token, "password": PASSWORD});
        let confirmed = browser.post("/signup/confirm", body).await;
        browser.keep(confirmed.assert_status(201));
        browser
    }

    /// A browser that is logged in with [`PASSWORD`].
    pub async fn logged_in(service: &'a TestService, email: &str) -> Self {
        let browser = Self::new(service);
        let answer = browser.log_in(email).await;
        answer.assert_status(200);
        browser.keep(&answer);
        browser
    }

    pub async fn log_in(&self, email: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD});
        self.send("POST", "/login", Some(body)).await
    }

    /// Sends a request with cookies and origin. The cookies of the response are not stored.
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
        self.client.send(method, path, &headers, body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    /// The `Cookie` header of the next request.
    pub fn cookies(&self) -> String {
        let jar = self.jar.lock().unwrap();
        let pairs: Vec<_> = jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Stores the cookies of a response as a browser does.
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

    /// Removes a cookie, as if expired.
    pub fn drop_cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().remove(name)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.lock().unwrap().get(name).cloned()
    }

    /// Puts a cookie of another browser, or a forged one, into this browser.
    pub fn set_cookie(&self, name: &str, value: impl Into<String>) {
        let mut jar = self.jar.lock().unwrap();
        jar.insert(name.to_owned(), value.into());
    }
}

/// Navigation to a provider and back.
impl Browser<'_> {
    /// Follows a cross-site link or redirect to a page of the service.
    pub async fn visit(&self, url: &str) -> Answer {
        let headers = [("sec-fetch-site", "cross-site")];
        self.navigate("GET", url, &headers, true, &[]).await
    }

    /// Starts a login, consents at the provider, and opens the callback.
    pub async fn log_in_through(&self, upstream: &dyn StubProvider, start: &str) -> Answer {
        let callback = self.until_callback(upstream, start).await;
        self.open_callback(&callback).await
    }

    /// Starts a login, consents at the provider, and returns the callback without opening it.
    pub async fn until_callback(&self, upstream: &dyn StubProvider, start: &str) -> Callback {
        let started = self.visit(start).await;
        started.assert_status(303);
        upstream.authorize(started.header("location"))
    }

    /// Opens a callback, either by a redirect or by a form post.
    pub async fn open_callback(&self, callback: &Callback) -> Answer {
        let Some(form) = &callback.form else {
            return self.visit(&callback.url).await;
        };
        let posted = self.post_cross_site(&callback.url, form).await;
        if posted.status != 200 {
            return posted;
        }
        // The service returns a page that posts the form again from its own origin.
        let (action, form) = posted.form();
        self.post_form(&action, &form).await
    }

    /// Posts a form from another site. Because the cookies are `Lax`, the request has none.
    pub async fn post_cross_site(&self, url: &str, form: &[(String, String)]) -> Answer {
        let origin = [
            ("origin", "https://provider.example.com"),
            ("sec-fetch-site", "cross-site"),
        ];
        self.navigate("POST", url, &origin, false, form).await
    }

    /// Posts a form from one of the service's own pages.
    pub async fn post_form(&self, action: &str, form: &[(String, String)]) -> Answer {
        let own = [
            ("origin", self.issuer.as_str()),
            ("sec-fetch-site", "same-origin"),
        ];
        self.navigate("POST", action, &own, true, form).await
    }

    /// Posts the only form of a page, with these fields in the place of its own.
    pub async fn submit(&self, page: &Answer, changed: &[(&str, &str)]) -> Answer {
        let (action, mut fields) = page.form();
        fields.retain(|(name, _)| changed.iter().all(|(it, _)| it != name));
        let changed = changed.iter().copied();
        fields.extend(changed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        self.post_form(&action, &fields).await
    }

    /// Sends JSON from a page of that origin, as a script does, and keeps the cookies.
    pub async fn post_json(&self, origin: &str, path: &str, body: &Value) -> Answer {
        let cookies = self.cookies();
        let mut headers = vec![("origin", origin), ("content-type", "application/json")];
        if !cookies.is_empty() {
            headers.push(("cookie", cookies.as_str()));
        }
        let body = Body::from(body.to_string());
        let answer = self.client.send("POST", path, &headers, body).await;
        self.keep(&answer);
        answer
    }

    async fn navigate(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        with_cookies: bool,
        form: &[(String, String)],
    ) -> Answer {
        let path = url.strip_prefix(&self.issuer).unwrap_or(url);
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
        let answer = self.client.send(method, path, &headers, body).await;
        self.keep(&answer);
        answer
    }
}

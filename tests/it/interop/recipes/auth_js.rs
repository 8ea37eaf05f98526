//! Auth.js: sessions in its cookie, with refreshes by the server.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
};

use serde_json::{Value, json};

use crate::support::{
    PASSWORD,
    issuer::{CLIENTS, Issuer},
    keys::key_files,
    process::ServiceProcess,
    recipes::Recipe,
    token::claims,
    wait_until,
};

/// A browser of the app with Auth.js.
#[derive(Clone)]
struct Browser<'a> {
    app: &'a Recipe,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    fn new(app: &'a Recipe) -> Self {
        let cookies = BTreeMap::new();
        Self { app, cookies }
    }

    /// Logs in with the form of Auth.js and returns the redirect.
    fn log_in(&mut self, password: &str) -> String {
        let (_, csrf) = self.ask("GET /auth/csrf", "");
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrfToken", csrf["csrfToken"].as_str().unwrap())
            .append_pair("email", "ada@example.com")
            .append_pair("password", password)
            .finish();
        let (head, _) = self.ask("POST /auth/callback/credentials", &form);
        let (_, rest) = head.split_once("location: ").unwrap();
        rest.lines().next().unwrap().to_owned()
    }

    /// The session that Auth.js shows to pages, or null.
    fn session(&mut self) -> Value {
        self.ask("GET /auth/session", "").1
    }

    fn ask(&mut self, what: &str, form: &str) -> (String, Value) {
        let cookies = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let content = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("{what} HTTP/1.0\r\n{content}\r\nCookie: {cookies}");
        let (_, head, body) = ServiceProcess::request_at(self.app.address, &head, form).unwrap();
        for line in head.lines() {
            let Some(cookie) = line.strip_prefix("set-cookie: ") else {
                continue;
            };
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        (head, serde_json::from_str(&body).unwrap_or_default())
    }

    fn has_a_session(&self) -> bool {
        self.cookies
            .keys()
            .any(|name| name.starts_with("authjs.session-token"))
    }
}

fn app(issuer: &Issuer, client_id: &str) -> Option<Recipe> {
    let secret = "a secret of the app's own, at its own place";
    let environment = [("CLIENT_ID", client_id), ("AUTH_SECRET", secret)];
    Recipe::start("authjs", &issuer.url, &environment)
}

#[test]
fn auth_js_logs_in_and_refreshes_on_expiry() {
    let issuer = Issuer::start(CLIENTS);
    // One client has long-lived access tokens; those of the other expire at once.
    let (Some(app), Some(app_in_haste)) = (app(&issuer, "web"), app(&issuer, "brief")) else {
        return;
    };
    let mut browser = Browser::new(&app);
    assert!(
        browser
            .log_in("no horse, no battery")
            .contains("error=CredentialsSignin")
    );
    assert_eq!(browser.session(), Value::Null);
    assert_eq!(browser.log_in(PASSWORD), format!("http://{}", app.address));
    let session = browser.session();
    assert_eq!(session["user"]["email"], "ada@example.com");
    let access = session["access_token"].as_str().unwrap();
    assert_eq!(issuer.service.get("/session", access).0, 200);
    assert_eq!(browser.session()["access_token"], access);

    let mut browser = Browser::new(&app_in_haste);
    browser.log_in(PASSWORD);
    let [one, two] = [browser.session(), browser.session()].map(|session| {
        let access = session["access_token"].as_str().unwrap();
        assert_eq!(issuer.service.get("/session", access).0, 200);
        claims(access)
    });
    assert_ne!(one["jti"], two["jti"]);
    assert_eq!(one["sid"], two["sid"]);
}

#[test]
fn auth_js_survives_a_request_to_an_unknown_path() {
    let issuer = Issuer::start(CLIENTS);
    let Some(app) = app(&issuer, "web") else {
        return;
    };
    for head in [
        "GET http://evil.example/ HTTP/1.1",
        "TRACE /auth/session HTTP/1.1",
        "OPTIONS * HTTP/1.1",
    ] {
        let (status, _, _) = ServiceProcess::request_at(app.address, head, "").unwrap();
        assert_eq!(status, 400, "{head}");
        let (head, session) = Browser::new(&app).ask("GET /auth/session", "");
        assert!(
            head.starts_with("HTTP/1.1 200") && session.is_null(),
            "{head}"
        );
    }
}

#[test]
fn auth_js_keeps_the_session_during_parallel_refreshes() {
    let issuer = Issuer::start(CLIENTS);
    let Some(app) = app(&issuer, "brief") else {
        return;
    };
    let mut browser = Browser::new(&app);
    browser.log_in(PASSWORD);
    // Every tab starts with the same cookie.
    let mut tabs: Vec<_> = (0..8).map(|_| browser.clone()).collect();
    let sessions: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = tabs
            .iter_mut()
            .map(|tab| scope.spawn(|| tab.session()))
            .collect();
        asked.into_iter().map(|tab| tab.join().unwrap()).collect()
    });
    let ids: BTreeSet<_> = sessions
        .iter()
        .map(|session| claims(session["access_token"].as_str().unwrap())["jti"].to_string())
        .collect();
    assert_eq!(ids.len(), sessions.len());
    // The cookie of the last response works, and so does the first.
    for tab in &mut tabs {
        assert_ne!(tab.session(), Value::Null);
    }
    assert_ne!(browser.session(), Value::Null);
}

#[test]
fn auth_js_signs_out_after_session_end_but_not_after_internal_errors() {
    let issuer = Issuer::start(CLIENTS);
    let Some(app) = app(&issuer, "brief") else {
        return;
    };
    let mut browser = Browser::new(&app);
    browser.log_in(PASSWORD);
    let before = browser.session();

    // Another node has created a secret that this node has not read.
    let keys = issuer.service.folder.path().join("keys");
    let session = issuer.log_in("web", "ada@example.com");
    let refresh = json!({"client_id": "web", "refresh_token": session["refresh_token"]});
    let secret = keys.join(&key_files(&keys, ".secret")[0]);
    let older = keys.join("20200101T000000Z.secret");
    let Issuer { service, .. } = issuer;
    let (folder, address) = (service.folder.clone(), service.address);
    drop(service);
    fs::rename(&secret, &older).unwrap();
    let service = ServiceProcess::start_in(folder.clone(), address, &[]);
    let refreshing = || service.post("/refresh", &refresh).0;
    assert_eq!(refreshing(), 503);
    assert_eq!(browser.session()["access_token"], before["access_token"]);
    assert!(browser.has_a_session());
    fs::rename(&older, &secret).unwrap();
    service.signal("-HUP");
    wait_until("it answers 200", || refreshing() == 200);
    let session = browser.session();
    assert_ne!(session["access_token"], before["access_token"]);

    // The secret does not exist.
    drop(service);
    assert_eq!(browser.session()["access_token"], session["access_token"]);
    assert!(browser.log_in(PASSWORD).contains("error="));
    assert!(browser.has_a_session());
    let service = ServiceProcess::start_in(folder, address, &[]);
    let session = browser.session();

    let access = session["access_token"].as_str().unwrap();
    let head = format!("POST /logout/everywhere HTTP/1.1\r\nAuthorization: Bearer {access}");
    assert_eq!(service.request(&head, "").unwrap().0, 204);
    assert_eq!(browser.session(), Value::Null);
    assert!(!browser.has_a_session());
}

//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): a client receives logout tokens.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Body, http::StatusCode, routing::post};
use chrono::TimeDelta;
use serde_json::{Value, json};
use signet::{
    identity::{Epoch, UserId},
    token::SsoSession,
};
use tokio::net::TcpListener;

use crate::support::{Browser, PASSWORD, TestService, browser::WEB, token};

pub(super) const ISSUER: &str = "http://127.0.0.1:8080";

/// A client that answers every logout token with one status.
pub(super) struct Client {
    pub(super) url: String,
    received: Arc<Mutex<Vec<String>>>,
}

impl Client {
    pub(super) async fn answering(status: u16) -> Self {
        let received = Arc::<Mutex<Vec<String>>>::default();
        let kept = received.clone();
        let handler = move |body: String| async move {
            let form: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).collect();
            let [(name, token)] = &form[..] else {
                panic!("{form:?}");
            };
            assert_eq!(name, "logout_token");
            kept.lock().unwrap().push(token.to_string());
            StatusCode::from_u16(status).unwrap()
        };
        let router = Router::new().route("/logout", post(handler));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/logout", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, received }
    }

    pub(super) fn tokens(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    pub(super) fn claims(&self) -> Vec<Value> {
        self.tokens().iter().map(|it| token::claims(it)).collect()
    }
}

/// A service with a client `app` and, if there are more, clients `app1`, `app2`.
pub(super) async fn service(clients: &[&Client]) -> TestService {
    TestService::with(&settings(clients)).await
}

fn settings(clients: &[&Client]) -> String {
    let tables = clients.iter().enumerate().map(|(n, client)| {
        let (id, url) = (client_id(n), &client.url);
        format!(
            "[[clients]]\nclient_id = '{id}'\nscopes = ['openid']\nid_token_algorithm = 'ES256'\n\
             backchannel_logout_uri = '{url}'\n"
        )
    });
    let tables: String = tables.collect();
    format!("issuer = '{ISSUER}'\nadmin.enabled = true\n{tables}")
}

fn client_id(n: usize) -> String {
    if n == 0 {
        "app".to_owned()
    } else {
        format!("app{n}")
    }
}

/// Logs out a browser whose session has visited these clients.
async fn log_out(service: &TestService, visited: &[&str]) -> UserId {
    let (cookie, user) = session_cookie(service, "the-login", visited);
    log_out_with(service, &cookie).await;
    user
}

/// Logs out the browser that has this cookie, or a program with a copy of it.
async fn log_out_with(service: &TestService, cookie: &str) {
    let headers = [
        ("cookie", cookie),
        ("origin", ISSUER),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let actor = service.anon();
    let answer = actor.send("POST", "/end-session", &headers, Body::from("confirmed=1"));
    answer.await.assert_status(200);
}

/// The cookie of a session that has visited these clients, and its user.
fn session_cookie(service: &TestService, sid: &str, visited: &[&str]) -> (String, UserId) {
    let now = service.clock.now();
    let user = UserId::new(now, &service.app.entropy).unwrap();
    let session = session_of(service, user, sid, visited);
    let sealed = service.app.tokens.mint(&session, now).unwrap();
    (format!("signet-8080-sso={sealed}"), user)
}

/// A session of the user at the issuer that has visited these clients.
pub(super) fn session_of(
    service: &TestService,
    user: UserId,
    sid: &str,
    visited: &[&str],
) -> SsoSession {
    let now = service.clock.now();
    SsoSession {
        iss: ISSUER.to_owned(),
        sub: user,
        epoch: Epoch::fresh(&service.app.entropy).unwrap(),
        sid: sid.to_owned(),
        iat: now,
        exp: now + TimeDelta::hours(12),
        abs_exp: now + TimeDelta::days(30),
        began: now,
        auth_time: now,
        amr: vec!["pwd".to_owned()],
        clients: visited.iter().map(|it| (*it).to_owned()).collect(),
    }
}

/// Waits until the condition holds.
pub(super) async fn until(condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing happens");
}

#[tokio::test]
async fn logout_of_a_browser_notifies_the_clients_that_it_has_visited() {
    let (app, other) = (Client::answering(200).await, Client::answering(204).await);
    let unvisited = Client::answering(200).await;
    let service = service(&[&app, &other, &unvisited]).await;
    let logouts = &service.app.backchannel_logout;
    let user = log_out(&service, &["app", "app1", "removed"]).await;
    until(|| logouts.delivered() == 2).await;
    let now = service.clock.now().timestamp();
    for (client, id) in [(&app, "app"), (&other, "app1")] {
        let [claims] = &client.claims()[..] else {
            panic!("not one token");
        };
        let jti = &claims["jti"];
        let expected = json!({
            "iss": ISSUER, "sub": user, "aud": id, "iat": now, "exp": now + 120, "jti": jti,
            "sid": "the-login",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        assert_eq!(*claims, expected);
        assert!(jti.as_str().unwrap().len() > 20);
    }
    assert!(unvisited.tokens().is_empty());
    let metrics = service.anon().get("/metrics").await.text();
    assert!(metrics.contains("signet_logout_notifications_total{outcome=\"delivered\"} 2"));
    // No route accepts a logout token.
    let token = &app.tokens()[0];
    for path in ["/session", "/me", "/userinfo"] {
        let authorization = format!("Bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        let answer = service
            .anon()
            .send("GET", path, &headers, Body::empty())
            .await;
        answer.assert_status(401);
    }
}

/// The JSON logout of an app with cookies ends the session of its user at the issuer, and notifies the clients.
#[tokio::test]
async fn json_logout_notifies_the_clients_of_the_session() {
    let app = Client::answering(200).await;
    let settings = format!(
        "issuer = '{ISSUER}'\n{WEB}\n[[clients]]\nclient_id = 'app'\nscopes = ['openid']\n\
         id_token_algorithm = 'ES256'\nbackchannel_logout_uri = '{}'\n",
        app.url
    );
    let service = TestService::with(&settings).await;
    let browser = Browser::new(&service);
    let asked = json!({"email": "ada@example.com", "client_id": "web"});
    browser.post("/signup", asked).await.assert_status(202);
    let mailed = service.mailed_token("ada@example.com").unwrap();
    let body = json!({"token": mailed, "password": PASSWORD});
    let confirmed = browser.post("/signup/confirm", body).await;
    browser.keep(confirmed.assert_status(201));
    let session = browser.get("/session").await.json();
    let user: UserId = session["sub"].as_str().unwrap().parse().unwrap();
    let session = session_of(&service, user, "of-the-issuer", &["app"]);
    let sealed = service.app.tokens.mint(&session, service.clock.now());
    browser.set_cookie("signet-8080-sso", sealed.unwrap());

    browser.post("/logout", json!({})).await.assert_status(204);
    until(|| app.tokens().len() == 1).await;
    let claims = &app.claims()[0];
    assert_eq!(claims["sub"], json!(user));
    assert_eq!(claims["sid"], "of-the-issuer");
}

#[tokio::test]
async fn end_of_all_logins_notifies_every_client_of_the_user_alone() {
    let (app, other) = (Client::answering(200).await, Client::answering(200).await);
    let service = service(&[&app, &other]).await;
    let logouts = &service.app.backchannel_logout;
    let actor = service.signed_up_at("app", "ada@example.com").await;
    let user = actor.id();

    actor
        .post("/logout/everywhere", json!({}))
        .await
        .assert_status(204);
    until(|| logouts.delivered() == 2).await;
    for client in [&app, &other] {
        let claims = &client.claims()[0];
        assert_eq!(claims["sub"], json!(user));
        assert!(claims.get("sid").is_none() && claims.get("nonce").is_none());
    }

    // An admin disables the user.
    let mut admin = service.signed_up_at("app", "root@example.com").await;
    admin.set_role("admin").await;
    let again = json!({"email": "root@example.com", "password": PASSWORD, "client_id": "app"});
    admin.keep(&admin.post("/login", again).await);
    let path = format!("/admin/users/{user}/disable");
    admin.post(&path, json!({})).await.assert_status(204);
    until(|| logouts.delivered() == 4).await;
    assert_eq!(app.claims()[1]["sub"], json!(user));
}

#[tokio::test]
async fn repeated_logout_of_one_login_sends_one_notification() {
    let app = Client::answering(200).await;
    let service = service(&[&app]).await;
    let logouts = &service.app.backchannel_logout;
    let (cookie, _) = session_cookie(&service, "the-login", &["app"]);
    for _ in 0..20 {
        log_out_with(&service, &cookie).await;
    }
    until(|| logouts.delivered() == 1).await;
    assert_eq!((logouts.duplicate(), logouts.waiting()), (19, 0));
    log_out_with(&service, &cookie).await;
    assert_eq!(logouts.duplicate(), 20);
    let metrics = service.anon().get("/metrics").await.text();
    let line = "signet_logout_notifications_total{outcome=\"duplicate\"} 20";
    assert!(metrics.contains(line), "{metrics}");

    // A new login has another sid, and the first one is forgotten after a minute.
    let (cookie_of_next, _) = session_cookie(&service, "the-next-login", &["app"]);
    log_out_with(&service, &cookie_of_next).await;
    until(|| logouts.delivered() == 2).await;
    service.clock.advance(TimeDelta::seconds(61));
    log_out_with(&service, &cookie).await;
    until(|| logouts.delivered() == 3).await;
    let sids = app.claims();
    let sids: Vec<_> = sids.iter().map(|it| it["sid"].as_str().unwrap()).collect();
    assert_eq!(sids, ["the-login", "the-next-login", "the-login"]);
}

#[tokio::test]
async fn failing_client_takes_no_place_of_another() {
    let (busy, app) = (Client::answering(503).await, Client::answering(200).await);
    // Eight clients have 128 places each.
    let clients = [&busy, &app, &app, &app, &app, &app, &app, &app];
    let service = service(&clients).await;
    let logouts = &service.app.backchannel_logout;
    for n in 0..130 {
        let (cookie, _) = session_cookie(&service, &format!("login-{n}"), &["app"]);
        log_out_with(&service, &cookie).await;
    }
    assert_eq!((logouts.queue_full(), logouts.waiting()), (2, 128));
    let (cookie, _) = session_cookie(&service, "another", &["app", "app1"]);
    log_out_with(&service, &cookie).await;
    until(|| logouts.delivered() == 1).await;
    assert_eq!(logouts.queue_full(), 3);
    let metrics = service.anon().get("/metrics").await.text();
    for line in [
        "signet_logout_notifications_total{outcome=\"queue_full\"} 3",
        "signet_logout_notifications_waiting 128",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }

    assert_eq!(logouts.finish(Duration::from_secs(5)).await, 128);
    assert_eq!((logouts.stopped(), logouts.waiting()), (128, 0));
    let metrics = service.anon().get("/metrics").await.text();
    assert!(metrics.contains("signet_logout_notifications_total{outcome=\"stopped\"} 128"));
}

#[tokio::test]
async fn refusals_are_final_and_retries_end_with_the_service() {
    let (refusing, busy) = (Client::answering(400).await, Client::answering(503).await);
    let service = service(&[&refusing, &busy]).await;
    let logouts = &service.app.backchannel_logout;
    log_out(&service, &["app", "app1"]).await;
    until(|| logouts.failed() == 1 && busy.tokens().len() == 1).await;
    assert_eq!(logouts.waiting(), 1);
    assert_eq!(logouts.finish(Duration::from_secs(5)).await, 1);
    assert_eq!(
        (logouts.delivered(), logouts.stopped(), logouts.failed()),
        (0, 1, 1)
    );
    assert_eq!((refusing.tokens().len(), busy.tokens().len()), (1, 1));
}

#[tokio::test]
async fn notifications_that_wait_outlive_a_reload() {
    let (failing, sound) = (Client::answering(503).await, Client::answering(200).await);
    let mut service = service(&[&failing]).await;
    log_out(&service, &["app"]).await;
    until(|| failing.tokens().len() == 1).await;
    service.reload(&settings(&[&sound])).unwrap();
    let logouts = service.app.backchannel_logout.clone();
    assert_eq!(logouts.waiting(), 1);

    // The client has another endpoint now.
    log_out(&service, &["app"]).await;
    until(|| logouts.delivered() == 1).await;
    assert_eq!((failing.tokens().len(), sound.tokens().len()), (1, 1));
    assert_eq!(logouts.finish(Duration::from_secs(1)).await, 1);
    assert_eq!((logouts.waiting(), logouts.stopped()), (0, 1));
}

#[tokio::test]
async fn token_kinds_list_logout_tokens_where_a_client_receives_them() {
    let app = Client::answering(200).await;
    for (service, expected) in [
        (
            service(&[&app, &app]).await,
            vec![json!({
                "kind": "logout", "typ": ["logout+jwt"], "algorithms": ["ES256"],
                "audience": ["app", "app1"], "lifetime": 120,
            })],
        ),
        (TestService::new().await, Vec::new()),
    ] {
        let document = service.anon().get("/openapi.json").await.json();
        let kinds = document["x-token-kinds"].as_array().unwrap();
        let kinds = kinds.iter().filter(|it| it["kind"] == "logout");
        assert_eq!(kinds.cloned().collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn metadata_lists_back_channel_logout_where_a_client_has_it() {
    let app = Client::answering(200).await;
    for (service, expected) in [
        (service(&[&app]).await, json!(true)),
        (TestService::new().await, Value::Null),
    ] {
        let metadata = service
            .anon()
            .get("/.well-known/openid-configuration")
            .await;
        let metadata = metadata.json();
        assert_eq!(metadata["backchannel_logout_supported"], expected);
        assert_eq!(metadata["backchannel_logout_session_supported"], expected);
    }
}

//! Cookie transport: login, refresh by any request, and logout.

mod overtaken;
mod site;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::support::{
    APP, Browser, Engine, PASSWORD, TestService, WEB,
    answer::Answer,
    both_engines,
    browser::{ACCESS, REFRESH},
    process::{ServiceProcess, free_address},
    token::claims,
};

const OUT: &str = "__Host-signet-out";

/// A service with one cookie client and one user.
async fn service_on(engine: Engine) -> TestService {
    let service = TestService::configured(engine, WEB).await;
    let browser = Browser::signed_up(&service, "ada@example.com").await;
    assert!(browser.cookie(ACCESS).is_some() && browser.cookie(REFRESH).is_some());
    assert_eq!(browser.jar.lock().unwrap().len(), 2);
    service
}

async fn service() -> TestService {
    service_on(Engine::Sqlite).await
}

fn sid(answer: &Answer) -> String {
    answer.assert_status(200);
    answer.json()["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn login_sets_two_cookies_and_returns_no_token() {
    let service = service().await;
    let browser = Browser::new(&service);
    let answer = browser.log_in("ada@example.com").await;
    answer.assert_status(200);
    assert_eq!(
        answer.json(),
        json!({"expires_in": 300, "refresh_expires_in": 2_592_000})
    );
    browser.keep(&answer);
    let (access, refresh) = (browser.cookie(ACCESS), browser.cookie(REFRESH));
    let attributes = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=";
    assert_eq!(
        answer.set_cookies(),
        [
            format!("{ACCESS}={}; {attributes}300", access.unwrap()),
            format!("{REFRESH}={}; {attributes}2592000", refresh.unwrap()),
        ]
    );
    browser.get("/me").await.assert_status(200);
    assert_eq!(browser.get("/session").await.json()["client_id"], "web");
}

#[tokio::test]
async fn login_ignores_cookies_of_an_earlier_login() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let before = sid(&browser.get("/session").await);
    browser.keep(&browser.log_in("ada@example.com").await);
    assert_ne!(sid(&browser.get("/session").await), before);
}

#[apply(both_engines)]
#[tokio::test]
async fn fifty_requests_with_an_expired_access_cookie_succeed(engine: Engine) {
    let service = service_on(engine).await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let login = sid(&browser.get("/session").await);
    service.clock.advance(TimeDelta::minutes(6));

    let answers = join_all((0..50).map(|_| browser.get("/session"))).await;
    let sids: BTreeSet<_> = answers.iter().map(sid).collect();
    assert_eq!(sids, BTreeSet::from([login]));
    for answer in &answers {
        assert_eq!(answer.set_cookies().len(), 2, "{:?}", answer.headers);
    }
    // Each of the new refresh tokens works.
    for answer in answers.iter().step_by(7) {
        browser.keep(answer);
        assert!(browser.get("/me").await.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn request_that_refreshes_also_succeeds() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    // Missing, forged and expired access cookies behave alike.
    for access in [None, Some("x.y.z"), browser.cookie(ACCESS).as_deref()] {
        service.clock.advance(TimeDelta::minutes(6));
        browser.drop_cookie(ACCESS);
        if let Some(access) = access {
            let mut jar = browser.jar.lock().unwrap();
            jar.insert(ACCESS.to_owned(), access.to_owned());
        }
        let answer = browser.get("/me").await;
        answer.assert_status(200);
        assert_eq!(answer.json()["email"], "ada@example.com");
        browser.keep(&answer);
        assert_eq!(
            claims(&browser.cookie(ACCESS).unwrap())["iat"],
            service.clock.now().timestamp()
        );
    }
    // An explicit refresh also returns no tokens.
    let answer = browser.post("/refresh", json!({})).await;
    answer.assert_status(200);
    assert!(answer.json().get("refresh_token").is_none());
    assert_eq!(answer.set_cookies().len(), 2);
}

#[tokio::test]
async fn failed_refresh_keeps_the_cookies() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::days(31));
    let answer = browser.get("/me").await;
    // The only error on which a client logs out.
    answer.assert_problem(401, "invalid_grant");
    // The response could arrive after the cookies of a new login.
    assert!(answer.set_cookies().is_empty());
    Browser::new(&service)
        .get("/me")
        .await
        .assert_problem(401, "missing_token");
    let answer = Browser::new(&service).post("/refresh", json!({})).await;
    answer.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn internal_error_keeps_the_session() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(6));
    service.app.store.close().await;
    let answer = browser.get("/session").await;
    answer.assert_problem(503, "unavailable");
    assert!(answer.set_cookies().is_empty());
}

#[apply(both_engines)]
#[tokio::test]
async fn logout_is_not_undone_by_twenty_concurrent_refreshes(engine: Engine) {
    let service = service_on(engine).await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(6));
    let refreshes = join_all((0..20).map(|_| browser.get("/session")));
    let (refreshed, out) = join(refreshes, browser.post("/logout", json!({}))).await;

    // The responses to the refreshes arrive last and set the cookies again.
    out.assert_status(204);
    browser.keep(&out);
    assert!(browser.cookie(ACCESS).is_none() && browser.cookie(REFRESH).is_none());
    for answer in &refreshed {
        answer.assert_status(200);
        browser.keep(answer);
    }
    assert!(browser.cookie(ACCESS).is_some() && browser.cookie(REFRESH).is_some());
    for _ in 0..2 {
        for path in ["/me", "/session"] {
            let answer = browser.get(path).await;
            answer.assert_problem(401, "invalid_grant");
            assert!(answer.set_cookies().is_empty());
        }
        let answer = browser.post("/refresh", json!({})).await;
        answer.assert_problem(401, "invalid_grant");
        browser.drop_cookie(ACCESS);
    }

    // As long as the ended login could have lived, and no longer than a new login needs.
    let lines = out.set_cookies();
    let left = lines.iter().find(|line| line.starts_with(OUT)).unwrap();
    let lives = 90 * 24 * 3600 - 6 * 60;
    assert!(left.ends_with(&format!("Max-Age={lives}")), "{left}");
    let first = browser.cookie(OUT).unwrap();
    browser.keep(&browser.log_in("ada@example.com").await);
    browser.get("/me").await.assert_status(200);
    browser.keep(&browser.post("/logout", json!({})).await);
    let remembered = browser.cookie(OUT).unwrap();
    assert!(remembered.ends_with(&format!(".{first}")), "{remembered}");
}

#[tokio::test]
async fn logout_accepts_incomplete_or_forged_cookies() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    browser.drop_cookie(REFRESH);
    let session = sid(&browser.get("/session").await);
    browser.keep(&browser.post("/logout", json!({})).await);
    let remembered = browser.cookie(OUT).unwrap();
    let (remembered, _) = remembered.split_once('~').unwrap();
    assert_eq!(remembered, session);

    let browser = Browser::new(&service);
    let cookie = format!("{REFRESH}=forged");
    let headers = [("cookie", cookie.as_str()), ("origin", APP)];
    let answer = service.anon().send("POST", "/logout", &headers, "").await;
    answer.assert_status(204);
    assert_eq!(answer.set_cookies().len(), 2);
    let answer = browser.post("/logout", json!({})).await;
    answer.assert_status(204);
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn logout_everywhere_clears_the_cookies() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let other = Browser::logged_in(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(6));
    let late = browser.get("/session").await;
    let answer = browser.post("/logout/everywhere", json!({})).await;
    answer.assert_status(204);
    browser.keep(&answer);
    assert!(browser.cookie(ACCESS).is_none() && browser.cookie(REFRESH).is_none());
    // The response to a concurrent refresh does not revive the session.
    browser.keep(&late);
    let answer = browser.get("/session").await;
    answer.assert_problem(401, "invalid_grant");
    other.keep(&other.get("/session").await);
    other.drop_cookie(REFRESH);
    other.get("/me").await.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn login_is_not_undone_by_refreshes_of_the_previous_login() {
    let service = service().await;
    service.clock.advance(TimeDelta::minutes(1));
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    service.clock.advance(TimeDelta::minutes(6));
    let late = browser.get("/session").await;
    let answer = browser.log_in("ada@example.com").await;
    browser.keep(&answer);
    let next = sid(&browser.get("/session").await);
    assert_ne!(next, sid(&late));
    browser.keep(&late);
    assert_eq!(sid(&browser.get("/session").await), next);
}

#[tokio::test]
async fn logout_uses_the_cookies_despite_other_credentials() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let cookies = browser.cookies();
    let headers = [
        ("cookie", cookies.as_str()),
        ("origin", APP),
        ("authorization", "Basic YWRhOng="),
    ];
    let answer = service.anon().send("POST", "/logout", &headers, "").await;
    answer.assert_status(204);
    assert_eq!(answer.set_cookies().len(), 3);
}

#[tokio::test]
async fn cookie_tokens_are_rejected_outside_cookies() {
    let two = format!("{WEB}\n[[clients]]\nclient_id = 'phone'\n");
    let service = TestService::with(&two).await;
    let sign_up = |client| json!({"email": format!("{client}@example.com"), "client_id": client});
    let mut phone = service.anon();
    for client in ["web", "phone"] {
        phone.post("/signup", sign_up(client)).await;
        let token = service.mailed_token(&format!("{client}@example.com"));
        let body = json!({"token": token.unwrap(), "password": PASSWORD});
        let browser = Browser::new(&service);
        let answer = browser.post("/signup/confirm", body).await;
        answer.assert_status(201);
        phone.keep(&answer);
        if client == "phone" {
            assert!(answer.set_cookies().is_empty());
            continue;
        }
        browser.keep(&answer);
        let stolen = format!("Bearer {}", browser.cookie(ACCESS).unwrap());
        let headers = [("authorization", stolen.as_str())];
        for path in ["/session", "/me"] {
            let answer = service.anon().send("GET", path, &headers, "").await;
            answer.assert_problem(401, "invalid_token");
        }
        let stolen = browser.cookie(REFRESH).unwrap();
        for named in [json!("web"), json!("phone")] {
            let body = json!({"refresh_token": stolen, "client_id": named});
            let answer = service.anon().post("/refresh", body).await;
            answer.assert_problem(401, "invalid_grant");
        }
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &stolen),
            ("client_id", "web"),
        ];
        let answer = service.anon().post_form("/token", &form).await;
        answer.assert_oauth_error(400, "invalid_grant");
    }
    // The reverse also holds.
    let put = |name: &str, token: &Option<String>| format!("{name}={}", token.as_ref().unwrap());
    for cookies in [put(ACCESS, &phone.access), put(REFRESH, &phone.refresh)] {
        let headers = [("cookie", cookies.as_str())];
        let answer = service.anon().send("GET", "/me", &headers, "").await;
        answer.assert_problem(401, "invalid_grant");
    }
    let answer = phone.refresh.clone().map(|token| {
        let body = json!({"refresh_token": token, "client_id": "phone"});
        phone.post("/refresh", body)
    });
    let answer = answer.unwrap().await;
    answer.assert_status(200);
    assert!(answer.json()["refresh_token"].is_string());
    // The end of one session does not end the other.
    let answer = phone.post("/logout/everywhere", json!({})).await;
    answer.assert_status(204);
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn bearer_token_takes_precedence_over_cookies() {
    let service = service().await;
    let browser = Browser::logged_in(&service, "ada@example.com").await;
    let cookies = browser.cookies();
    let headers = [
        ("cookie", cookies.as_str()),
        ("authorization", "Bearer x.y.z"),
    ];
    let answer = service.anon().send("GET", "/me", &headers, "").await;
    answer.assert_problem(401, "invalid_token");
    assert!(answer.set_cookies().is_empty());
}

#[test]
fn cookie_names_contain_the_port_on_loopback() {
    let address = free_address();
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let settings = format!("issuer = 'http://{address}'\n{WEB}");
    std::fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let mut service = ServiceProcess::start_in(folder, address, &[]);
    let origin = format!("Content-Type: application/json\r\nOrigin: http://{address}");
    let submit = |service: &ServiceProcess, path: &str, body: Value| {
        let head = format!("POST {path} HTTP/1.1\r\n{origin}");
        service.request(&head, &body.to_string()).unwrap()
    };
    submit(&service, "/signup", json!({"email": "ada@example.com"}));
    let body = json!({"token": service.printed_token(), "password": PASSWORD});
    let (status, head, body) = submit(&service, "/signup/confirm", body);
    assert_eq!(status, 201, "{body}");
    let port = address.port();
    let attributes = "; HttpOnly; SameSite=Lax; Path=/; Max-Age=";
    for name in ["access", "refresh"] {
        let start = format!("set-cookie: signet-{port}-{name}=");
        let line = head.lines().find(|line| line.starts_with(&start));
        let line = line.unwrap_or_else(|| panic!("{start}: {head}"));
        assert!(line.contains(attributes) && !line.contains("Secure"));
        assert!(!line.contains("__Host-"));
    }
}

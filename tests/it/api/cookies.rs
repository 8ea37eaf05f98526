//! Cookie transport: the browser keeps the session, and any request may refresh it.

mod overtaken;
mod site;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use futures_util::future::{join, join_all};
use rstest::rstest;
use serde_json::{Value, json};

use crate::support::{
    APP, Browser, Engine, House, PASSWORD, WEB,
    answer::Answer,
    browser::{ACCESS, REFRESH},
    process::{Service, free_address},
    token::claims,
};

const OUT: &str = "__Host-signet-out";

/// A house whose one client uses cookies, with a user who has signed up.
async fn house_on(engine: Engine) -> Option<House> {
    let house = House::configured(engine, WEB).await?;
    let browser = Browser::signed_up(&house, "ada@example.com").await;
    assert!(browser.cookie(ACCESS).is_some() && browser.cookie(REFRESH).is_some());
    assert_eq!(browser.jar.lock().unwrap().len(), 2);
    Some(house)
}

async fn house() -> House {
    house_on(Engine::Sqlite).await.unwrap()
}

fn sid(answer: &Answer) -> String {
    answer.assert_status(200);
    answer.json()["sid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_login_hands_over_two_cookies_and_no_token() {
    let house = house().await;
    let browser = Browser::new(&house);
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
async fn a_login_is_another_whatever_cookies_come_along() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    let before = sid(&browser.get("/session").await);
    browser.keep(&browser.log_in("ada@example.com").await);
    assert_ne!(sid(&browser.get("/session").await), before);
}

#[rstest]
#[tokio::test]
async fn fifty_requests_with_an_expired_access_cookie_are_all_answered(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = house_on(engine).await else {
        return;
    };
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    let login = sid(&browser.get("/session").await);
    house.clock.advance(TimeDelta::minutes(6));

    let answers = join_all((0..50).map(|_| browser.get("/session"))).await;
    let sids: BTreeSet<_> = answers.iter().map(sid).collect();
    assert_eq!(sids, BTreeSet::from([login]));
    for answer in &answers {
        assert_eq!(answer.set_cookies().len(), 2, "{:?}", answer.headers);
    }
    // Any of them is good to go on with.
    for answer in answers.iter().step_by(7) {
        browser.keep(answer);
        assert!(browser.get("/me").await.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn the_request_that_refreshes_is_answered_itself() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    // Missing, forged, expired: all the same.
    for access in [None, Some("x.y.z"), browser.cookie(ACCESS).as_deref()] {
        house.clock.advance(TimeDelta::minutes(6));
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
            house.clock.now().timestamp()
        );
    }
    // A refresh of one's own is an answer without tokens, too.
    let answer = browser.post("/refresh", json!({})).await;
    answer.assert_status(200);
    assert!(answer.json().get("refresh_token").is_none());
    assert_eq!(answer.set_cookies().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_refreshed_is_over_and_nothing_is_taken_away() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::days(31));
    let answer = browser.get("/me").await;
    // Sign out on this, and on nothing else.
    answer.assert_problem(401, "invalid_grant");
    // It might arrive after the cookies of a new login.
    assert!(answer.set_cookies().is_empty());
    Browser::new(&house)
        .get("/me")
        .await
        .assert_problem(401, "missing_token");
    let answer = Browser::new(&house).post("/refresh", json!({})).await;
    answer.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn our_own_trouble_is_no_end_of_a_session() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(6));
    house.app.store.close().await;
    let answer = browser.get("/session").await;
    answer.assert_problem(503, "unavailable");
    assert!(answer.set_cookies().is_empty());
}

#[rstest]
#[tokio::test]
async fn logout_in_the_midst_of_twenty_refreshes_is_not_undone_by_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = house_on(engine).await else {
        return;
    };
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(6));
    let refreshes = join_all((0..20).map(|_| browser.get("/session")));
    let (refreshed, out) = join(refreshes, browser.post("/logout", json!({}))).await;

    // The answers of the refreshes arrive last, and bring their cookies back.
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

    // For as long as that login could have lived, and no longer than a new one needs.
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
async fn logout_forgets_whatever_it_is_shown() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    browser.drop_cookie(REFRESH);
    let session = sid(&browser.get("/session").await);
    browser.keep(&browser.post("/logout", json!({})).await);
    let remembered = browser.cookie(OUT).unwrap();
    let (remembered, _) = remembered.split_once('~').unwrap();
    assert_eq!(remembered, session);

    let browser = Browser::new(&house);
    let cookie = format!("{REFRESH}=forged");
    let headers = [("cookie", cookie.as_str()), ("origin", APP)];
    let answer = house.anon().send("POST", "/logout", &headers, "").await;
    answer.assert_status(204);
    assert_eq!(answer.set_cookies().len(), 2);
    let answer = browser.post("/logout", json!({})).await;
    answer.assert_status(204);
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn logout_everywhere_takes_the_cookies_back() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    let other = Browser::logged_in(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(6));
    let late = browser.get("/session").await;
    let answer = browser.post("/logout/everywhere", json!({})).await;
    answer.assert_status(204);
    browser.keep(&answer);
    assert!(browser.cookie(ACCESS).is_none() && browser.cookie(REFRESH).is_none());
    // Nor does the answer to a refresh that was in flight bring it back.
    browser.keep(&late);
    let answer = browser.get("/session").await;
    answer.assert_problem(401, "invalid_grant");
    other.keep(&other.get("/session").await);
    other.drop_cookie(REFRESH);
    other.get("/me").await.assert_problem(401, "invalid_grant");
}

#[tokio::test]
async fn the_next_login_in_a_browser_is_not_undone_by_refreshes_of_the_last() {
    let house = house().await;
    house.clock.advance(TimeDelta::minutes(1));
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    house.clock.advance(TimeDelta::minutes(6));
    let late = browser.get("/session").await;
    let answer = browser.log_in("ada@example.com").await;
    browser.keep(&answer);
    let next = sid(&browser.get("/session").await);
    assert_ne!(next, sid(&late));
    browser.keep(&late);
    assert_eq!(sid(&browser.get("/session").await), next);
}

#[tokio::test]
async fn a_logout_is_about_cookies_whatever_else_comes_along() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    let cookies = browser.cookies();
    let headers = [
        ("cookie", cookies.as_str()),
        ("origin", APP),
        ("authorization", "Basic YWRhOng="),
    ];
    let answer = house.anon().send("POST", "/logout", &headers, "").await;
    answer.assert_status(204);
    assert_eq!(answer.set_cookies().len(), 3);
}

#[tokio::test]
async fn tokens_of_a_browser_are_good_in_its_cookies_alone() {
    let two = format!("{WEB}\n[[clients]]\nclient_id = 'phone'\n");
    let house = House::with(&two).await;
    let sign_up = |client| json!({"email": format!("{client}@example.com"), "client_id": client});
    let mut phone = house.anon();
    for client in ["web", "phone"] {
        phone.post("/signup", sign_up(client)).await;
        let token = house.mailed_token(&format!("{client}@example.com"));
        let body = json!({"token": token.unwrap(), "password": PASSWORD});
        let browser = Browser::new(&house);
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
            let answer = house.anon().send("GET", path, &headers, "").await;
            answer.assert_problem(401, "invalid_token");
        }
        let stolen = browser.cookie(REFRESH).unwrap();
        for named in [json!("web"), json!("phone")] {
            let body = json!({"refresh_token": stolen, "client_id": named});
            let answer = house.anon().post("/refresh", body).await;
            answer.assert_problem(401, "invalid_grant");
        }
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &stolen),
            ("client_id", "web"),
        ];
        let answer = house.anon().post_form("/token", &form).await;
        answer.assert_oauth_error(400, "invalid_grant");
    }
    // And the other way round.
    let put = |name: &str, token: &Option<String>| format!("{name}={}", token.as_ref().unwrap());
    for cookies in [put(ACCESS, &phone.access), put(REFRESH, &phone.refresh)] {
        let headers = [("cookie", cookies.as_str())];
        let answer = house.anon().send("GET", "/me", &headers, "").await;
        answer.assert_problem(401, "invalid_grant");
    }
    let answer = phone.refresh.clone().map(|token| {
        let body = json!({"refresh_token": token, "client_id": "phone"});
        phone.post("/refresh", body)
    });
    let answer = answer.unwrap().await;
    answer.assert_status(200);
    assert!(answer.json()["refresh_token"].is_string());
    // Nor does the end of the one end the other.
    let answer = phone.post("/logout/everywhere", json!({})).await;
    answer.assert_status(204);
    assert!(answer.set_cookies().is_empty());
}

#[tokio::test]
async fn a_bearer_token_comes_before_cookies() {
    let house = house().await;
    let browser = Browser::logged_in(&house, "ada@example.com").await;
    let cookies = browser.cookies();
    let headers = [
        ("cookie", cookies.as_str()),
        ("authorization", "Bearer x.y.z"),
    ];
    let answer = house.anon().send("GET", "/me", &headers, "").await;
    answer.assert_problem(401, "invalid_token");
    assert!(answer.set_cookies().is_empty());
}

#[test]
fn on_loopback_the_port_is_in_the_names() {
    let address = free_address();
    let folder = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let settings = format!("issuer = 'http://{address}'\n{WEB}");
    std::fs::write(folder.path().join("signet.toml"), settings).unwrap();
    let mut service = Service::start_in(folder, address, &[]);
    let origin = format!("Content-Type: application/json\r\nOrigin: http://{address}");
    let submit = |service: &Service, path: &str, body: Value| {
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

//! Responses that arrive out of order: a late response overwrites the cookies of a new epoch or a
//! new login, and the browser keeps its session.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest_reuse::apply;
use serde_json::json;
use signet::{
    entropy::Entropy,
    identity::{Account, AccountKind, External},
    store::LinkOutcome,
};

use super::{OUT, service, service_on, sid};
use crate::support::{
    Browser, Engine, PASSWORD, TestService,
    answer::Answer,
    both_engines,
    browser::{ACCESS, REFRESH},
    token::claims,
};

const RENEWED: &str = "__Host-signet-renewed";
const EMAIL: &str = "ada@example.com";

/// Links a provider account and returns its id.
async fn linked(service: &TestService, browser: &Browser<'_>) -> String {
    let id = browser.get("/session").await.json()["sub"].clone();
    let id = id.as_str().unwrap().parse().unwrap();
    let user = service.app.store.user(id).await.unwrap().unwrap();
    let external = External {
        kind: AccountKind::Oidc,
        provider: "google".to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let now = service.clock.now();
    let account = Account::external(&external, id, now, &Entropy::system()).unwrap();
    let linked = service
        .app
        .store
        .link_account_if(user.session_epoch, &account);
    assert_eq!(linked.await.unwrap(), LinkOutcome::Linked);
    account.id.to_string()
}

/// Concurrent refreshes of other tabs: completed by the service, not yet received.
async fn concurrent_refreshes(browser: &Browser<'_>) -> Vec<Answer> {
    let mut answers = join_all((0..5).map(|_| browser.get("/session"))).await;
    answers.extend(join_all((0..5).map(|_| browser.post("/refresh", json!({})))).await);
    for answer in &answers {
        assert_eq!(answer.assert_status(200).set_cookies().len(), 2);
    }
    answers
}

/// Asserts that the browser is logged in on every route and receives no invalid cookie.
async fn assert_session_continues(browser: &Browser<'_>, login: &str) {
    for path in ["/me", "/session"] {
        let answer = browser.get(path).await;
        answer.assert_status(200);
        assert!(answer.set_cookies().iter().all(|line| line.len() <= 4096));
    }
    assert_eq!(sid(&browser.get("/session").await), login);
    let refreshed = browser.post("/refresh", json!({})).await;
    refreshed.assert_status(200);
}

#[apply(both_engines)]
#[tokio::test]
async fn late_refresh_after_an_epoch_change_keeps_the_session(
    engine: Engine,
    #[values("PUT /password", "DELETE /me/accounts")] change: &str,
    // The refreshes begin before the change, or while the password is hashed.
    #[values(0, 5)] seconds_into_the_change: i64,
) {
    let service = service_on(engine).await;
    let browser = Browser::logged_in(&service, EMAIL).await;
    let login = sid(&browser.get("/session").await);
    let account = linked(&service, &browser).await;
    service.clock.advance(TimeDelta::minutes(6));
    let into_the_change = TimeDelta::seconds(seconds_into_the_change);
    service.clock.advance(into_the_change);
    let late = concurrent_refreshes(&browser).await;
    service.clock.advance(-into_the_change);
    browser.keep(&late[0]);
    let changed = if change == "PUT /password" {
        let body = json!({"current_password": PASSWORD, "new_password": "another pass phrase"});
        browser.send("PUT", "/password", Some(body)).await
    } else {
        let path = format!("/me/accounts/{account}");
        browser.send("DELETE", &path, Some(json!({}))).await
    };
    browser.keep(changed.assert_status(200));
    assert_eq!(changed.set_cookies().len(), 3, "{:?}", changed.headers);
    assert_session_continues(&browser, &login).await;

    // Each response overwrites both cookies; the next request of the browser restores the valid
    // ones.
    for answer in &late {
        browser.keep(answer);
        assert_ne!(browser.cookie(REFRESH), browser.cookie(RENEWED));
        assert_session_continues(&browser, &login).await;
        let answer = browser.get("/me").await;
        browser.keep(answer.assert_status(200));
        // No response of a refresh changes this cookie.
        assert!(
            answer
                .set_cookies()
                .iter()
                .all(|line| !line.starts_with(RENEWED))
        );
        assert!(browser.get("/me").await.set_cookies().is_empty());
    }
    // Also much later, and for each of the responses.
    browser.keep(&late[1]);
    service.clock.advance(TimeDelta::days(20));
    assert_session_continues(&browser, &login).await;
    browser.keep(&browser.get("/me").await);
    service.clock.advance(TimeDelta::minutes(6));
    assert_session_continues(&browser, &login).await;

    // None of these responses undoes a logout.
    let refreshed = browser.get("/me").await;
    let out = browser.post("/logout", json!({})).await;
    browser.keep(out.assert_status(204));
    assert_eq!(browser.jar.lock().unwrap().len(), 1, "but {OUT}");
    for answer in late.iter().chain([&changed, &refreshed]) {
        browser.keep(answer);
        for path in ["/me", "/session"] {
            browser.get(path).await.assert_problem(401, "invalid_grant");
        }
        let refused = browser.post("/refresh", json!({})).await;
        refused.assert_problem(401, "invalid_grant");
        assert!(refused.set_cookies().is_empty());
    }
}

#[tokio::test]
async fn late_refresh_after_a_new_login_keeps_the_new_session() {
    let service = service().await;
    let browser = Browser::logged_in(&service, EMAIL).await;
    service.clock.advance(TimeDelta::minutes(6));
    for is_logged_out in [false, true] {
        let late = concurrent_refreshes(&browser).await;
        let before = sid(&late[0]);
        if is_logged_out {
            browser.keep(&browser.post("/logout", json!({})).await);
        }
        browser.keep(browser.log_in(EMAIL).await.assert_status(200));
        let next = sid(&browser.get("/session").await);
        assert_ne!(next, before);
        // Minted after the login, by a request sent before the login.
        for answer in &late {
            browser.keep(answer);
            assert_session_continues(&browser, &next).await;
        }
        browser.keep(&browser.get("/me").await);
        service.clock.advance(TimeDelta::minutes(6));
    }
}

/// Logout everywhere from another device also ends the sessions of this browser; the cookie cannot
/// bypass this.
#[tokio::test]
async fn replacement_session_ends_with_logout_everywhere() {
    let service = service().await;
    let browser = Browser::logged_in(&service, EMAIL).await;
    let body = json!({"new_password": "another pass phrase"});
    let changed = browser.send("PUT", "/password", Some(body)).await;
    browser.keep(changed.assert_status(200));
    assert_eq!(browser.cookie(RENEWED), browser.cookie(REFRESH));
    let epoch = claims(&browser.cookie(REFRESH).unwrap())["epoch"].clone();
    let other = Browser::new(&service);
    let body = json!({"email": EMAIL, "password": "another pass phrase"});
    other.keep(other.post("/login", body.clone()).await.assert_status(200));
    let ended = other.post("/logout/everywhere", json!({})).await;
    ended.assert_status(204);

    service.clock.advance(TimeDelta::minutes(6));
    for dropped in [ACCESS, REFRESH] {
        let refused = browser.get("/me").await;
        refused.assert_problem(401, "invalid_grant");
        assert!(refused.set_cookies().is_empty());
        browser.drop_cookie(dropped);
    }
    // A new login replaces it.
    browser.keep(browser.post("/login", body).await.assert_status(200));
    browser.get("/me").await.assert_status(200);
    assert_ne!(claims(&browser.cookie(RENEWED).unwrap())["epoch"], epoch);
}

/// More logins than the cookie once held, each until its own expiry.
#[tokio::test]
async fn every_login_ended_in_a_browser_stays_ended() {
    let service = service().await;
    let browser = Browser::new(&service);
    let mut late = Vec::new();
    for _ in 0..8 {
        browser.keep(browser.log_in(EMAIL).await.assert_status(200));
        service.clock.advance(TimeDelta::minutes(6));
        late.push(browser.get("/session").await);
        browser.keep(&browser.post("/logout", json!({})).await);
    }
    // A login that is about to expire is replaced: the cookie lives as long as the others need.
    browser.keep(&late[0]);
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let answer = browser.post("/login", body).await;
    browser.keep(answer.assert_status(200));
    browser.keep(&browser.post("/logout", json!({})).await);
    let remembered = browser.cookie(OUT).unwrap();
    assert_eq!(remembered.split('.').count(), 9, "{remembered}");
    for answer in &late {
        browser.keep(answer);
        browser
            .get("/me")
            .await
            .assert_problem(401, "invalid_grant");
    }
}

/// Replacing a login that is two months older does not shorten the lifetime of the cookie.
#[tokio::test]
async fn ended_logins_cookie_lives_until_the_last_login_expires() {
    let service = service().await;
    let browser = Browser::logged_in(&service, EMAIL).await;
    for _ in 0..3 {
        service.clock.advance(TimeDelta::days(20));
        browser.keep(&browser.get("/me").await);
    }
    let old = Browser::new(&service);
    for (name, value) in browser.jar.lock().unwrap().iter() {
        let mut jar = old.jar.lock().unwrap();
        jar.insert(name.clone(), value.clone());
    }
    // Another login began and ended in between, and the old cookies returned.
    let young = Browser::logged_in(&service, EMAIL).await;
    let ended = young.post("/logout", json!({})).await;
    old.keep(&ended);
    browser
        .jar
        .lock()
        .unwrap()
        .iter()
        .for_each(|(name, value)| {
            let mut jar = old.jar.lock().unwrap();
            jar.insert(name.clone(), value.clone());
        });
    let replaced = old.log_in(EMAIL).await;
    let lines = replaced.assert_status(200).set_cookies();
    let line = lines.iter().find(|line| line.starts_with(OUT)).unwrap();
    let seconds = TimeDelta::days(90).num_seconds();
    assert!(line.ends_with(&format!("Max-Age={seconds}")), "{line}");
}

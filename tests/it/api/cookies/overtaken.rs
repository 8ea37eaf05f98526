//! Answers that arrive in another order than they were minted: one that is late overwrites the cookies of
//! a new epoch or a new login, and the browser goes on all the same.

use chrono::TimeDelta;
use futures_util::future::join_all;
use rstest::rstest;
use serde_json::json;
use signet::{
    entropy::Entropy,
    identity::{Account, AccountKind, External},
    store::LinkOutcome,
};

use super::{OUT, house, house_on, sid};
use crate::support::{
    Browser, Engine, House, PASSWORD,
    answer::Answer,
    browser::{ACCESS, REFRESH},
    token::claims,
};

const RENEWED: &str = "__Host-signet-renewed";
const EMAIL: &str = "ada@example.com";

/// Links an account at a provider; gives its id.
async fn linked(house: &House, browser: &Browser<'_>) -> String {
    let id = browser.get("/session").await.json()["sub"].clone();
    let id = id.as_str().unwrap().parse().unwrap();
    let user = house.app.store.user(id).await.unwrap().unwrap();
    let external = External {
        kind: AccountKind::Oidc,
        provider: "google".to_owned(),
        provider_account_id: "1".to_owned(),
    };
    let now = house.clock.now();
    let account = Account::external(&external, id, now, &Entropy::system()).unwrap();
    let linked = house
        .app
        .store
        .link_account_if(user.session_epoch, &account);
    assert_eq!(linked.await.unwrap(), LinkOutcome::Linked);
    account.id.to_string()
}

/// Refreshes of other tabs that are under way: minted by the time this returns, not arrived yet.
async fn under_way(browser: &Browser<'_>) -> Vec<Answer> {
    let mut answers = join_all((0..5).map(|_| browser.get("/session"))).await;
    answers.extend(join_all((0..5).map(|_| browser.post("/refresh", json!({})))).await);
    for answer in &answers {
        assert_eq!(answer.assert_status(200).set_cookies().len(), 2);
    }
    answers
}

/// The browser is logged in, whatever it asks, and gets no cookie that a browser refuses.
async fn goes_on(browser: &Browser<'_>, login: &str) {
    for path in ["/me", "/session"] {
        let answer = browser.get(path).await;
        answer.assert_status(200);
        assert!(answer.set_cookies().iter().all(|line| line.len() <= 4096));
    }
    assert_eq!(sid(&browser.get("/session").await), login);
    let refreshed = browser.post("/refresh", json!({})).await;
    refreshed.assert_status(200);
}

#[rstest]
#[tokio::test]
async fn a_refresh_that_arrives_after_a_new_epoch_logs_nobody_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values("PUT /password", "DELETE /me/accounts")] change: &str,
    // The refreshes begin before the change, or while it hashes the password.
    #[values(0, 5)] seconds_into_the_change: i64,
) {
    let Some(house) = house_on(engine).await else {
        return;
    };
    let browser = Browser::logged_in(&house, EMAIL).await;
    let login = sid(&browser.get("/session").await);
    let account = linked(&house, &browser).await;
    house.clock.advance(TimeDelta::minutes(6));
    let into_the_change = TimeDelta::seconds(seconds_into_the_change);
    house.clock.advance(into_the_change);
    let late = under_way(&browser).await;
    house.clock.advance(-into_the_change);
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
    goes_on(&browser, &login).await;

    // Each overwrites both cookies; what the browser then asks brings the good ones back.
    for answer in &late {
        browser.keep(answer);
        assert_ne!(browser.cookie(REFRESH), browser.cookie(RENEWED));
        goes_on(&browser, &login).await;
        let answer = browser.get("/me").await;
        browser.keep(answer.assert_status(200));
        // No answer of a refresh touches it.
        assert!(
            answer
                .set_cookies()
                .iter()
                .all(|line| !line.starts_with(RENEWED))
        );
        assert!(browser.get("/me").await.set_cookies().is_empty());
    }
    // Much later too, and whichever of them comes back.
    browser.keep(&late[1]);
    house.clock.advance(TimeDelta::days(20));
    goes_on(&browser, &login).await;
    browser.keep(&browser.get("/me").await);
    house.clock.advance(TimeDelta::minutes(6));
    goes_on(&browser, &login).await;

    // A logout is not undone by any of all these.
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
async fn a_refresh_that_arrives_after_a_new_login_does_not_log_it_out() {
    let house = house().await;
    let browser = Browser::logged_in(&house, EMAIL).await;
    house.clock.advance(TimeDelta::minutes(6));
    for is_logged_out in [false, true] {
        let late = under_way(&browser).await;
        let before = sid(&late[0]);
        if is_logged_out {
            browser.keep(&browser.post("/logout", json!({})).await);
        }
        browser.keep(browser.log_in(EMAIL).await.assert_status(200));
        let next = sid(&browser.get("/session").await);
        assert_ne!(next, before);
        // Minted after the login, by a request that was sent before it.
        for answer in &late {
            browser.keep(answer);
            goes_on(&browser, &next).await;
        }
        browser.keep(&browser.get("/me").await);
        house.clock.advance(TimeDelta::minutes(6));
    }
}

/// What has ended is over in this browser as well: another device ends every session, and the cookie is no
/// way around it.
#[tokio::test]
async fn what_replaced_a_login_ends_like_any_other() {
    let house = house().await;
    let browser = Browser::logged_in(&house, EMAIL).await;
    let body = json!({"new_password": "another pass phrase"});
    let changed = browser.send("PUT", "/password", Some(body)).await;
    browser.keep(changed.assert_status(200));
    assert_eq!(browser.cookie(RENEWED), browser.cookie(REFRESH));
    let epoch = claims(&browser.cookie(REFRESH).unwrap())["epoch"].clone();
    let other = Browser::new(&house);
    let body = json!({"email": EMAIL, "password": "another pass phrase"});
    other.keep(other.post("/login", body.clone()).await.assert_status(200));
    let ended = other.post("/logout/everywhere", json!({})).await;
    ended.assert_status(204);

    house.clock.advance(TimeDelta::minutes(6));
    for dropped in [ACCESS, REFRESH] {
        let refused = browser.get("/me").await;
        refused.assert_problem(401, "invalid_grant");
        assert!(refused.set_cookies().is_empty());
        browser.drop_cookie(dropped);
    }
    // A new login takes its place.
    browser.keep(browser.post("/login", body).await.assert_status(200));
    browser.get("/me").await.assert_status(200);
    assert_ne!(claims(&browser.cookie(RENEWED).unwrap())["epoch"], epoch);
}

/// More logins than a browser used to remember, each until it would have ended anyway.
#[tokio::test]
async fn every_login_that_was_ended_in_a_browser_stays_ended() {
    let house = house().await;
    let browser = Browser::new(&house);
    let mut late = Vec::new();
    for _ in 0..8 {
        browser.keep(browser.log_in(EMAIL).await.assert_status(200));
        house.clock.advance(TimeDelta::minutes(6));
        late.push(browser.get("/session").await);
        browser.keep(&browser.post("/logout", json!({})).await);
    }
    // A login that is about to end is replaced: the cookie lives as long as the others need it.
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

/// One login is older by two months than another that was ended here: that it is replaced shortens nothing.
#[tokio::test]
async fn the_cookie_of_ended_logins_lives_until_the_last_of_them_would_have_ended() {
    let house = house().await;
    let browser = Browser::logged_in(&house, EMAIL).await;
    for _ in 0..3 {
        house.clock.advance(TimeDelta::days(20));
        browser.keep(&browser.get("/me").await);
    }
    let old = Browser::new(&house);
    for (name, value) in browser.jar.lock().unwrap().iter() {
        let mut jar = old.jar.lock().unwrap();
        jar.insert(name.clone(), value.clone());
    }
    // Another login was begun and ended beside it, and the old one's cookies came back.
    let young = Browser::logged_in(&house, EMAIL).await;
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

//! New accounts, forgotten passwords and new addresses, from page to page.

use chrono::TimeDelta;
use rstest::rstest;
use serde_json::json;

use super::{
    ADA, NEW, assert_flaw, assert_mailed, by_password, fills_in, follows, goes, house, house_on,
    house_with, link_of, login_page, mailed_link, opens, query,
};
use crate::support::{
    Browser, Engine, House, PASSWORD, answer::Answer, oauth_client::Login, upstream::LOOPBACK,
};

/// From the login page by a link of that name, to the mail that its form has sent.
async fn asks(login: &Login<'_>, house: &House, way: &str, email: &str) -> Option<String> {
    let page = login_page(login).await;
    let page = goes(&login.browser, &page, way).await;
    let mailed = fills_in(&login.browser, &page, &[("email", email)]).await;
    assert_mailed(&mailed);
    mailed_link(house, email)
}

async fn signs_up(login: &Login<'_>, house: &House) -> Option<String> {
    asks(login, house, "Create account", ADA).await
}

async fn forgets(login: &Login<'_>, house: &House, email: &str) -> Option<String> {
    asks(login, house, "Forgot password?", email).await
}

/// On that page the person chooses, twice in vain.
async fn chooses(browser: &Browser<'_>, link: &str, password: &str) -> Answer {
    let (page, token) = opens(browser, link).await;
    let first = fills_in(browser, &page, &[("token", &token), ("password", "short")]).await;
    assert_flaw(&first, 422, "password");
    assert_eq!(first.field("token"), token);
    assert_eq!(first.field("password"), "");
    assert!(first.text().contains("at least 15 characters"));
    // The page is there again as it was, script aside.
    let second = fills_in(browser, &first, &[("password", "passwordpassword1")]).await;
    assert_flaw(&second, 422, "password");
    assert!(second.text().contains("This password is too easy to guess"));
    assert_eq!(second.field("token"), token);
    assert!(!second.text().contains("passwordpassword1"));
    let third = fills_in(browser, &second, &[("password", "")]).await;
    assert_flaw(&third, 422, "password");
    fills_in(browser, &third, &[("password", password)]).await
}

/// Back from the page that says it is done, to the app that had begun.
async fn back_at_the_app(login: &Login<'_>, done: &Answer, password: &str) -> Answer {
    done.assert_status(200);
    let onward = link_of(done, "Log in");
    assert!(
        onward.starts_with(&format!("{LOOPBACK}/authorize?")),
        "{onward}"
    );
    let begun = query(&login.url(""));
    let kept = query(&onward);
    for pair in begun.iter().filter(|(name, _)| name != "provider") {
        assert!(kept.contains(pair), "{pair:?} is lost: {kept:?}");
    }
    let page = goes(&login.browser, done, "Log in").await;
    by_password(&login.browser, &page, ADA, password).await
}

#[rstest]
#[tokio::test]
async fn who_has_no_account_makes_one_and_goes_on_to_the_app(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = house_on(engine, "").await else {
        return;
    };
    let login = Login::new(&house);
    let page = login_page(&login).await;
    let page = goes(&login.browser, &page, "Create account").await;
    for (name, email, field) in [
        ("<b>\"Ada\"</b> & Co.; 'Jr.'", "ada", "email"),
        ("Ada", "", "email"),
        (&"a".repeat(201), ADA, "name"),
    ] {
        let filled = [("name", name), ("email", email)];
        let flawed = fills_in(&login.browser, &page, &filled).await;
        assert_flaw(&flawed, 422, field);
        assert_eq!(
            (flawed.field("name"), flawed.field("email")),
            (name.to_owned(), email.to_owned())
        );
    }
    // Shown again without the character that would turn the direction of the page.
    let turning = [("name", "a\u{202e}b"), ("email", ADA)];
    let flawed = fills_in(&login.browser, &page, &turning).await;
    assert_flaw(&flawed, 422, "name");
    assert_eq!(flawed.field("name"), "ab");
    assert_eq!(house.outbox.lock().unwrap().len(), 0);
    let filled = [("name", "Ada Lovelace"), ("email", ADA)];
    assert_mailed(&fills_in(&login.browser, &page, &filled).await);
    let link = mailed_link(&house, ADA).unwrap();
    // In another browser than the one that asked, as with any mail: nobody is logged in by it.
    let other = Browser::new(&house);
    let done = chooses(&other, &link, PASSWORD).await;
    assert!(
        done.text().contains("Your account is ready"),
        "{}",
        done.text()
    );
    assert_eq!(done.set_cookies(), [""; 0]);
    let answer = back_at_the_app(&login, &done, PASSWORD).await;
    let ada = login.enters(&answer).await;
    assert_eq!(ada.get("/me").await.json()["name"], "Ada Lovelace");
}

#[rstest]
#[tokio::test]
async fn who_has_forgotten_the_password_chooses_another_and_goes_on_to_the_app(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(house) = house_on(engine, "").await else {
        return;
    };
    let old = house.signed_up(ADA).await;
    let login = Login::new(&house);
    let page = login_page(&login).await;
    let page = goes(&login.browser, &page, "Forgot password?").await;
    let flawed = fills_in(&login.browser, &page, &[("email", "ada@")]).await;
    assert_flaw(&flawed, 422, "email");
    assert_mailed(&fills_in(&login.browser, &flawed, &[("email", ADA)]).await);
    let link = mailed_link(&house, ADA).unwrap();
    let done = chooses(&login.browser, &link, NEW).await;
    assert!(
        done.text().contains("Your new password is saved"),
        "{}",
        done.text()
    );
    let answer = back_at_the_app(&login, &done, NEW).await;
    let ada = login.enters(&answer).await;
    assert_eq!(ada.id(), old.id());
    old.refresh().await.assert_problem(401, "invalid_grant");
    let page = login_page(&login).await;
    let refused = by_password(&login.browser, &page, ADA, PASSWORD).await;
    assert_flaw(&refused, 401, "password");
}

#[tokio::test]
async fn a_new_address_is_confirmed_by_one_press() {
    let house = house().await;
    let old = house.signed_up(ADA).await;
    let asked = old
        .post("/email", json!({"email": "new@example.com"}))
        .await;
    asked.assert_status(202);
    let link = mailed_link(&house, "new@example.com").unwrap();
    let browser = Browser::new(&house);
    let done = follows(&browser, &link, &[]).await;
    done.assert_status(200);
    assert!(
        done.text().contains("Your email address has been changed"),
        "{}",
        done.text()
    );
    old.refresh().await.assert_problem(401, "invalid_grant");
    let ada = house.anon().logged_in("new@example.com").await;
    assert_eq!(ada.id(), old.id());
    let again = follows(&browser, &link, &[]).await;
    again.assert_page(400, "invalid_link");
    assert!(again.text().contains("This link no longer works"));
}

/// Where another is asked for, with all that the first one carried along.
#[tokio::test]
async fn a_spent_link_says_so_and_where_there_is_another() {
    let house = house().await;
    let login = Login::new(&house);
    let of_sign_up = signs_up(&login, &house).await.unwrap();
    let chosen = [("password", PASSWORD)];
    follows(&login.browser, &of_sign_up, &chosen)
        .await
        .assert_status(200);
    let of_reset = forgets(&login, &house, ADA).await.unwrap();
    let chosen = [("password", NEW)];
    follows(&login.browser, &of_reset, &chosen)
        .await
        .assert_status(200);
    for (link, path) in [(&of_sign_up, "/signup"), (&of_reset, "/password/forgot")] {
        let spent = follows(&login.browser, link, &chosen).await;
        if path == "/signup" {
            // The same link and password once more is a login, here that it is done.
            spent.assert_status(200);
        } else {
            assert_over(&spent, link, path);
        }
        let chosen = [("password", "another good pass phrase")];
        let spent = follows(&login.browser, link, &chosen).await;
        assert_over(&spent, link, path);
        let another = goes(&login.browser, &spent, "Get a new link").await;
        assert_mailed(&fills_in(&login.browser, &another, &[("email", ADA)]).await);
    }
    house.anon().log_in(ADA, NEW).await.assert_status(200);
}

#[track_caller]
fn assert_over(page: &Answer, link: &str, path: &str) {
    page.assert_page(400, "invalid_link");
    assert!(page.text().contains("This link no longer works"));
    let another = link_of(page, "Get a new link");
    assert!(
        another.starts_with(&format!("{LOOPBACK}{path}?")),
        "{another}"
    );
    let (carried, _) = link.split_once('#').unwrap();
    assert_eq!(query(&another), query(carried));
}

#[rstest]
#[case("/signup/confirm")]
#[case("/password/reset")]
#[case("/email/confirm")]
#[case("/login/link/confirm")]
#[tokio::test]
async fn what_was_never_a_link_is_told_alike(#[case] path: &str) {
    let house = house().await;
    let browser = Browser::new(&house);
    let page = browser.visits(path).await;
    for token in ["x", "<script>", "v4.x.y", &"x".repeat(9000)] {
        let (action, mut fields) = page.form();
        for (name, value) in &mut fields {
            let given = if name == "token" { token } else { PASSWORD };
            given.clone_into(value);
        }
        let answer = browser.posts(&action, &fields).await;
        answer.assert_page(400, "invalid_link");
        assert!(!answer.text().contains(token) || token == "x");
    }
    // As without the script, where somebody posts it all the same.
    let answer = fills_in(&browser, &page, &[]).await;
    answer.assert_status(400);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
}

#[tokio::test]
async fn links_are_over_when_their_time_is() {
    let house = house().await;
    house.signed_up("bob@example.com").await;
    let login = Login::new(&house);
    let of_sign_up = signs_up(&login, &house).await.unwrap();
    let of_reset = forgets(&login, &house, "bob@example.com").await.unwrap();
    house.clock.advance(TimeDelta::minutes(31));
    let chosen = [("password", NEW)];
    let late = follows(&login.browser, &of_reset, &chosen).await;
    late.assert_page(400, "invalid_link");
    house.clock.advance(TimeDelta::days(1));
    let late = follows(&login.browser, &of_sign_up, &chosen).await;
    late.assert_page(400, "invalid_link");
}

/// A page keeps what was chosen from a mail to the app that has pages of its own.
#[tokio::test]
async fn the_app_that_has_pages_of_its_own_gets_the_links() {
    let client = "
        [[clients]]
        client_id = 'app'
        redirect_uris = ['https://app.example.com/back']
        app_url = 'https://app.example.com/account'
    ";
    let house = House::beside(Engine::Sqlite, &[], client).await.unwrap();
    let login = Login::new(&house);
    let of_sign_up = signs_up(&login, &house).await.unwrap();
    let page = "https://app.example.com/account/signup/confirm#token=";
    assert!(of_sign_up.starts_with(page), "{of_sign_up}");
    house.signed_up(ADA).await;
    let of_reset = forgets(&login, &house, ADA).await.unwrap();
    let page = "https://app.example.com/account/password/reset#token=";
    assert!(of_reset.starts_with(page), "{of_reset}");
}

/// Nobody has to come from an app.
#[tokio::test]
async fn without_an_app_there_is_no_way_on_and_all_else_works() {
    let house = house().await;
    let browser = Browser::new(&house);
    let page = browser.visits("/signup").await;
    assert_eq!(page.links(), []);
    assert_mailed(&fills_in(&browser, &page, &[("email", ADA)]).await);
    let link = mailed_link(&house, ADA).unwrap();
    let done = chooses(&browser, &link, PASSWORD).await;
    done.assert_status(200);
    assert_eq!(done.links(), []);
    let page = browser.visits("/password/forgot").await;
    assert_eq!(page.links(), []);
    assert_mailed(&fills_in(&browser, &page, &[("email", ADA)]).await);
    let link = mailed_link(&house, ADA).unwrap();
    chooses(&browser, &link, NEW).await.assert_status(200);
    house.anon().log_in(ADA, NEW).await.assert_status(200);
}

/// Whoever guesses at links is slowed down, on pages as elsewhere; and no link is spent by that.
#[tokio::test]
async fn links_are_opened_as_often_as_may_be() {
    let house = house_with("limits.confirm_network = '2/10m'").await;
    let login = Login::new(&house);
    let link = signs_up(&login, &house).await.unwrap();
    let chosen = [("password", PASSWORD)];
    for path in ["/signup/confirm", "/email/confirm"] {
        let forged = format!("{LOOPBACK}{path}#token=x");
        let filled = if path == "/signup/confirm" {
            &chosen[..]
        } else {
            &[]
        };
        let refused = follows(&login.browser, &forged, filled).await;
        refused.assert_page(400, "invalid_link");
    }
    let limited = follows(&login.browser, &link, &chosen).await;
    limited.assert_page(429, "rate_limited");
    assert!(limited.text().contains("Too many attempts"));
    house.clock.advance(TimeDelta::minutes(11));
    let done = follows(&login.browser, &link, &chosen).await;
    done.assert_status(200);
}

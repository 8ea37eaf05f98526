//! The list of users, and every change of a user.

use chrono::TimeDelta;
use rstest_reuse::apply;
use serde_json::json;

use super::{ROOT, USERS, assert_shows, confirm, follow, logged_in, post, service, service_on};
use crate::support::{Engine, PASSWORD, both_engines, totp::AuthenticatorApp};

/// The local parts of the emails that a page lists.
async fn listed(browser: &crate::support::Browser<'_>, query: &str) -> Vec<String> {
    let page = browser.visit(&format!("{USERS}?{query}")).await;
    page.assert_status(200);
    let links = page.links().into_iter();
    let emails = links.filter_map(|(text, _)| Some(text.split_once('@')?.0.to_owned()));
    emails.collect()
}

#[apply(both_engines)]
#[tokio::test]
async fn admin_changes_a_user(engine: Engine) {
    let (service, _) = service_on(engine).await;
    let mut ada = service.signed_up("ada@example.com").await;
    AuthenticatorApp::enrolled(&service, &mut ada).await;
    let browser = logged_in(&service, ROOT).await;
    let users = browser.visit(USERS).await;
    let user = follow(&browser, &users, "ada@example.com").await;
    for text in ["Authenticator app", "Confirmed", &ada.id().to_string()] {
        assert_shows(&user, text);
    }

    let reset = follow(&browser, &user, "Reset two-step verification").await;
    assert_shows(&reset, "Reset verification for ada@example.com?");
    let user = confirm(&browser, &reset).await;
    assert_shows(&user, "Two-step verification has been reset.");
    assert_shows(&user, "Not set up");
    let last = service.outbox.lock().unwrap().last().unwrap().clone();
    assert_eq!(last.to.as_str(), "ada@example.com");
    ada.refresh().await.assert_problem(401, "invalid_grant");

    let ada = service.anon().logged_in("ada@example.com").await;
    let page = follow(&browser, &user, "Log out everywhere").await;
    let user = confirm(&browser, &page).await;
    assert_shows(&user, "The user has been logged out everywhere.");
    ada.refresh().await.assert_problem(401, "invalid_grant");

    let page = follow(&browser, &user, "Change role").await;
    let (action, _) = page.form();
    let wrong = post(&browser, &action, &[("role", "Ed<i>tor")]).await;
    wrong.assert_status(422);
    assert_shows(&wrong, "Ed&#60;i&#62;tor");
    assert_shows(&wrong, "A role has 1 to 32 characters");
    post(&browser, &action, &[]).await.assert_status(422);
    let changed = post(&browser, &action, &[("role", "editor")]).await;
    let user = browser
        .visit(changed.assert_status(303).header("location"))
        .await;
    assert_shows(&user, "<code>editor</code>");
    assert_shows(&user, "The role has been changed.");

    let page = follow(&browser, &user, "Disable user").await;
    let user = confirm(&browser, &page).await;
    assert_shows(&user, "The user has been disabled");
    let answer = service.anon().log_in("ada@example.com", PASSWORD).await;
    answer.assert_problem(401, "invalid_credentials");
    let page = follow(&browser, &user, "Enable user").await;
    let user = confirm(&browser, &page).await;
    assert_shows(&user, "The user can log in again.");
    service.anon().logged_in("ada@example.com").await;

    let page = follow(&browser, &user, "Delete user").await;
    let users = confirm(&browser, &page).await;
    assert_shows(&users, "The user has been deleted.");
    assert_eq!(listed(&browser, "").await, ["root"]);
    let gone = format!("{USERS}/{}", ada.id());
    browser.visit(&gone).await.assert_page(404, "unknown_user");
    for act in ["disable", "delete", "logout", "enable", "reset-factors"] {
        let answer = post(&browser, &format!("{gone}/{act}"), &[]).await;
        answer.assert_page(404, "unknown_user");
    }
    for path in ["x", "%ff", "x/delete"] {
        let answer = browser.visit(&format!("{USERS}/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    let answer = browser.visit(&format!("{gone}/promote")).await;
    answer.assert_page(404, "not_found");
}

#[apply(both_engines)]
#[tokio::test]
async fn admin_creates_a_user(engine: Engine) {
    let (service, _) = service_on(engine).await;
    let browser = logged_in(&service, ROOT).await;
    let users = browser.visit(USERS).await;
    let page = follow(&browser, &users, "Create user").await;
    let (action, _) = page.form();
    let name = "<script>alert(1)</script>";
    let form = |email, password, role| {
        [
            ("email", email),
            ("password", password),
            ("role", role),
            ("name", name),
        ]
    };
    for (form, status, text) in [
        (form("bob", PASSWORD, "editor"), 422, "page"),
        (form("bob@example.com", "short", ""), 422, "Use at least"),
        (
            form("bob@example.com", PASSWORD, "A"),
            422,
            "A role has 1 to 32",
        ),
        (
            form(ROOT, PASSWORD, ""),
            409,
            "A user with this email address already exists.",
        ),
    ] {
        let again = post(&browser, &action, &form).await;
        again.assert_status(status);
        assert_shows(&again, text);
        assert_shows(&again, "&#60;script&#62;alert(1)");
        assert!(!again.text().contains(PASSWORD));
    }
    let made = post(
        &browser,
        &action,
        &form("Bob@Example.com", PASSWORD, "editor"),
    )
    .await;
    let user = browser
        .visit(made.assert_status(303).header("location"))
        .await;
    assert_shows(&user, "The user has been created.");
    for page in [user, browser.visit(USERS).await] {
        assert_shows(&page, "&#60;script&#62;alert(1)");
        assert!(!page.text().contains("<script"));
    }
    let bob = service.anon().logged_in("bob@example.com").await;
    assert_eq!(bob.claims()["roles"], json!(["editor"]));
}

#[tokio::test]
async fn admin_cannot_disable_demote_or_delete_themselves() {
    let (service, root) = service().await;
    let browser = logged_in(&service, ROOT).await;
    let page = browser.visit(&format!("{USERS}/{root}")).await;
    assert_shows(&page, "You can’t disable, demote or delete yourself.");
    let links = page.links();
    assert!(
        links.iter().all(|(text, _)| !text.contains("Delete")),
        "{links:?}"
    );
    for (act, form) in [
        ("disable", &[][..]),
        ("delete", &[]),
        ("role", &[("role", "user")]),
    ] {
        let answer = post(&browser, &format!("{USERS}/{root}/{act}"), form).await;
        answer.assert_status(409);
        assert_shows(&answer, "You can’t disable, demote or delete yourself.");
    }
    // The own session ends as well.
    let answer = post(&browser, &format!("{USERS}/{root}/logout"), &[]).await;
    let next = browser
        .visit(answer.assert_status(303).header("location"))
        .await;
    assert!(
        next.assert_status(303)
            .header("location")
            .contains("/login?")
    );
}

#[apply(both_engines)]
#[tokio::test]
async fn users_are_searched_and_filtered(engine: Engine) {
    let (service, _) = service_on(engine).await;
    for name in ["a_b", "a%b", "axb"] {
        service.clock.advance(TimeDelta::seconds(1));
        service.signed_up(&format!("{name}@example.com")).await;
    }
    let named = service.anon().logged_in("axb@example.com").await;
    let name = json!({"name": "Özlem O'Neil_%"});
    named
        .send_json("PATCH", "/me", name)
        .await
        .assert_status(200);
    let browser = logged_in(&service, ROOT).await;
    assert_eq!(listed(&browser, "").await, ["root", "a_b", "a%b", "axb"]);
    for (search, found) in [
        ("a_b", &["a_b"][..]),
        ("a%25b", &["a%b"]),
        ("A_B%40EXAMPLE", &["a_b"]),
        ("%C3%96zlem", &["axb"]),
        ("o%27neil_%25", &["axb"]),
        ("%5C", &[]),
        ("%27%20OR%201%3D1--", &[]),
        ("example.com&filter=admins", &["root"]),
    ] {
        assert_eq!(
            listed(&browser, &format!("search={search}")).await,
            found,
            "{search}"
        );
    }
    let none = browser
        .visit(&format!("{USERS}?search=%3Cscript%3E%22"))
        .await;
    assert_shows(&none, "No user matches");
    assert!(!none.text().contains("<script"));
    post(&browser, &format!("{USERS}/{}/disable", named.id()), &[])
        .await
        .assert_status(303);
    assert_eq!(listed(&browser, "filter=disabled").await, ["axb"]);
    assert_eq!(
        listed(&browser, "filter=active").await,
        ["root", "a_b", "a%b"]
    );
    assert_eq!(listed(&browser, "filter=x&after=x").await.len(), 4);
    browser
        .visit(&format!("{USERS}?search=a&search=b"))
        .await
        .assert_page(400, "invalid_request");
}

#[tokio::test]
async fn users_are_paginated() {
    let (service, _) = service().await;
    let browser = logged_in(&service, ROOT).await;
    for number in 0..50 {
        service.clock.advance(TimeDelta::seconds(1));
        service
            .unverified_user(&format!("u{number}@example.com"))
            .await;
    }
    let first = browser
        .visit(&format!("{USERS}?search=example.com&filter=active"))
        .await;
    let next = follow(&browser, &first, "Next page").await;
    assert_shows(&next, "u49@example.com");
    assert!(!next.text().contains("u48@example.com"));
    let again = follow(&browser, &next, "First page").await;
    assert_shows(&again, ROOT);
    assert!(!again.text().contains("u49@example.com"));
}
